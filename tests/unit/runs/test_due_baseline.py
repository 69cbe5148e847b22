"""A new baseline that was offered starts by itself where the setting says so, and once."""

from typing import Any

import pytest

from pipeline.bootstrap import in_memory
from pipeline.records.runs import Run, RunKind, RunState, Trigger
from pipeline.runs.due import request_due_run
from pipeline.settings import Settings
from tests.unit.rebaseline.test_offer import decided
from tests.unit.runs._due import ENOUGH, HOUR, end, later, make_settings, send


@pytest.fixture
def settings() -> Settings:
    return make_settings().with_changes(rebaseline={"automatic": True, "recipe": "best"})


@pytest.fixture
def ports() -> Any:
    """A project in which a run, which was held, has offered a new baseline a while ago."""
    project: Any = in_memory()
    offer(project, "run-1")
    later(project, 2 * HOUR)
    return project


def offer(ports: Any, run_id: str) -> None:
    run = ports.runs.request(Run(id=run_id, requested_at=ports.corrections.clock()))
    lease = ports.runs.claim(run_id, "worker", 60)
    ports.runs.record(lease, {"decision": decided(0.0), "offers_baseline": True})
    ports.runs.renew(lease, 0)
    end(ports, run, RunState.HELD)


def test_it_starts_although_nothing_is_pending(ports: Any, settings: Settings) -> None:
    run = request_due_run(ports, settings)
    assert run is not None
    assert (run.kind, run.recipe, run.trigger) == (RunKind.BASELINE, "best", Trigger.OFFER)
    assert run.purpose == "run run-1 offered a new baseline"


def test_it_does_not_start_where_the_owner_decides(ports: Any, settings: Settings) -> None:
    assert request_due_run(ports, make_settings()) is None


def test_it_waits_for_the_end_of_the_pause_after_the_run(settings: Settings) -> None:
    ports: Any = in_memory()
    offer(ports, "run-1")
    assert request_due_run(ports, settings) is None


@pytest.mark.parametrize("state", [RunState.FAILED, RunState.HELD, RunState.PROMOTED])
def test_it_is_tried_once_and_then_retrains_start_as_ever(
    ports: Any, settings: Settings, state: RunState
) -> None:
    end(ports, request_due_run(ports, settings), state)
    later(ports, 3 * HOUR)
    assert request_due_run(ports, settings) is None
    send(ports, ENOUGH)
    run = request_due_run(ports, settings)
    assert run is not None
    assert (run.kind, run.trigger) == (RunKind.RETRAIN, Trigger.PENDING)


def test_two_checks_request_one(ports: Any, settings: Settings) -> None:
    first, second = (request_due_run(ports, settings) for _ in range(2))
    assert first is not None
    assert second is None or second.id == first.id
    assert len([run for run in ports.runs.list() if run.kind is RunKind.BASELINE]) == 1


def test_an_offer_that_a_later_run_did_not_repeat_does_not_stand(
    ports: Any, settings: Settings
) -> None:
    run = ports.runs.request(Run(id="run-2", requested_at=ports.corrections.clock()))
    lease = ports.runs.claim("run-2", "worker", 60)
    ports.runs.record(lease, {"decision": decided(0.5)})
    ports.runs.renew(lease, 0)
    end(ports, run, RunState.PROMOTED)
    later(ports, 2 * HOUR)
    assert request_due_run(ports, settings) is None
