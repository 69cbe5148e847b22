"""The contract of a RunStore: finding the run that was judged on the same digest."""

import pytest

from pipeline.ports import RunStore
from pipeline.records.runs import RunState
from tests.contract._runs import a_run


def end(runs: RunStore, name: str, state: RunState, digest: str | None) -> None:
    runs.request(a_run(name))
    runs.record(runs.claim(name, "worker", 60), {"state": state, "training_digest": digest})


def test_without_runs_there_is_none(runs: RunStore) -> None:
    assert runs.find_judged("a") is None


@pytest.mark.parametrize("state", [RunState.PROMOTED, RunState.REJECTED, RunState.HELD])
def test_a_judged_run_is_found_by_its_digest_among_others(runs: RunStore, state: RunState) -> None:
    end(runs, "run-1", state, "a")
    end(runs, "run-2", RunState.HELD, "b")
    end(runs, "run-3", RunState.SKIPPED, "a")
    assert runs.find_judged("a") == runs.get("run-1")
    assert runs.find_judged("c") is None


@pytest.mark.parametrize("state", [RunState.FAILED, RunState.CANCELLED, RunState.SKIPPED])
def test_a_run_that_was_not_judged_found_out_nothing(runs: RunStore, state: RunState) -> None:
    end(runs, "run-1", state, "a")
    assert runs.find_judged("a") is None


def test_a_run_under_way_is_not_found(runs: RunStore) -> None:
    runs.request(a_run())
    runs.record(runs.claim("run-1", "worker", 60), {"training_digest": "a"})
    assert runs.find_judged("a") is None
