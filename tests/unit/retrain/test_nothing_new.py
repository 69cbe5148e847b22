"""A run is skipped when it could only repeat the last one."""

from typing import Any

import pytest

from pipeline.gate import judge
from pipeline.records.runs import RunState
from tests.unit.retrain._gate import deciding
from workers.execution import execute


def test_a_run_with_nothing_new_is_skipped(world: Any, quick: None) -> None:
    world.ports.corrections.documents.clear()
    world.request()
    run = execute("run-1", world.ports, world.settings)
    assert run.state is RunState.SKIPPED
    assert "learned everything" in (run.reason or "")


@pytest.mark.parametrize("outcome", [RunState.REJECTED, RunState.HELD])
def test_what_the_last_run_came_to_is_not_computed_again_from_the_same_data(
    world: Any, quick: None, monkeypatch: pytest.MonkeyPatch, outcome: RunState
) -> None:
    monkeypatch.setattr(judge.decide, "decide", deciding(outcome, "so be it"))
    world.request()
    execute("run-1", world.ports, world.settings)
    world.request("run-2")
    run = execute("run-2", world.ports, world.settings)
    assert (run.state, run.reason) == (
        RunState.SKIPPED,
        (
            f"nothing to learn since run run-1, which was {outcome}: "
            "the same drawings, champion and settings"
        ),
    )


def test_a_version_that_the_owner_took_back_is_not_made_once_more(
    world: Any, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judge.decide, "decide", deciding(RunState.PROMOTED, "better"))
    world.request()
    execute("run-1", world.ports, world.settings)
    world.ports.models.promote("v1.0.0", by="owner", why="it is better")
    world.request("run-2")
    run = execute("run-2", world.ports, world.settings)
    assert run.state is RunState.SKIPPED
    assert {model.version for model in world.ports.models.list()} == {"v1.0.0", "v1.0.1"}


def test_other_rules_of_the_gate_are_something_new(
    world: Any, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judge.decide, "decide", deciding(RunState.HELD, "so be it"))
    world.request()
    execute("run-1", world.ports, world.settings)
    world.request("run-2")
    run = execute("run-2", world.ports, world.settings.with_changes(gate={"margin": 0.05}))
    assert (run.state, run.reason) == (RunState.HELD, "so be it")
