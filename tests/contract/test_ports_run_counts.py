"""The contract of a RunStore: how many runs are in each state."""

from typing import Any

from pipeline.ports import RunStore
from pipeline.records.runs import RunState
from tests.contract._runs import a_run, ended


def test_a_project_without_runs_has_none_in_any_state(runs: RunStore) -> None:
    assert runs.count_states() == dict.fromkeys(RunState, 0)


def test_runs_are_counted_by_state_and_odd_documents_are_not(world: Any, runs: RunStore) -> None:
    ended(runs, "run-1", RunState.FAILED)
    ended(runs, "run-2", RunState.FAILED)
    runs.request(a_run("run-3"))
    for name, state in {"a": "sleeping", "b": 7, "c": None, "d": ["failed"]}.items():
        world.edit(f"training_runs/{name}", {"state": state})
    world.edit("training_runs/e", {"id": "e"})
    counted = {state: number for state, number in runs.count_states().items() if number}
    assert counted == {RunState.FAILED: 2, RunState.REQUESTED: 1}
