"""Due runs for a trial: when enough answers about it are pending, or its days are over."""

from datetime import timedelta
from typing import Any

import pytest

from pipeline.bootstrap import in_memory
from pipeline.records.runs import RunState, Trigger
from pipeline.records.trials import TrialKind, TrialState
from pipeline.runs.due import request_due_run
from pipeline.settings import Settings
from tests.contract._trials import on_trial, watched
from tests.unit.runs._due import DAY, HOUR, end, later, make_settings, send

FEW = 2


@pytest.fixture
def settings() -> Settings:
    """Two answers about a trial are enough, far fewer than start a run otherwise."""
    return make_settings().with_changes(retrain_threshold=1000, trial={"answers": FEW})


@pytest.fixture
def ports() -> Any:
    project: Any = in_memory()
    on_trial(project)
    return project


def ask(ports: Any, number: int) -> None:
    """Send answers about drawings on which the versions disagree."""
    before = {*ports.corrections.documents}
    send(ports, number)
    for name in {*ports.corrections.documents} - before:
        ports.corrections.documents[name]["asked"] = "disagreement"


def test_enough_answers_about_the_trial_start_a_run_that_says_so(
    ports: Any, settings: Settings
) -> None:
    ask(ports, FEW)
    run = request_due_run(ports, settings)
    assert run is not None
    assert (run.trigger, run.id.startswith("run-trial-")) == (Trigger.TRIAL, True)
    assert run.purpose is not None
    assert run.purpose.startswith("2 answers are pending about drawings on which v1.0.1 and v1.0.0")


@pytest.mark.parametrize("kind", ["none", "too few", "others"])
def test_without_enough_of_them_none_starts(ports: Any, settings: Settings, kind: str) -> None:
    if kind == "too few":
        ask(ports, FEW - 1)
    if kind == "others":
        send(ports, 5 * FEW)
    assert request_due_run(ports, settings) is None


def test_a_watch_starts_runs_as_a_trial_does(settings: Settings) -> None:
    ports = in_memory()
    watched(ports)
    ask(ports, FEW)
    assert request_due_run(ports, settings) is not None


def test_of_a_canary_the_answers_about_its_own_guesses_count(settings: Settings) -> None:
    ports = in_memory()
    on_trial(ports, kind=TrialKind.CANARY, share=0.1)
    ask(ports, FEW)
    assert request_due_run(ports, settings) is None
    send(ports, FEW, version="v1.0.1")
    assert request_due_run(ports, settings) is not None


def test_without_a_trial_such_answers_start_nothing(ports: Any, settings: Settings) -> None:
    trial = ports.trials.current()
    ports.trials.end(trial.id, TrialState.STOPPED, "enough", by="ada")
    ask(ports, FEW)
    assert request_due_run(ports, settings) is None


def test_after_its_days_a_run_ends_it_though_nothing_is_pending(
    ports: Any, settings: Settings
) -> None:
    later(ports, 14 * DAY - HOUR)
    assert request_due_run(ports, settings) is None
    later(ports, HOUR)
    run = request_due_run(ports, settings)
    assert run is not None
    assert run.purpose == "the days of the trial of v1.0.1 and v1.0.0 are over"


def test_after_a_run_the_next_one_waits(ports: Any, settings: Settings) -> None:
    ask(ports, FEW)
    end(ports, request_due_run(ports, settings), RunState.SKIPPED)
    ask(ports, FEW)
    assert request_due_run(ports, settings) is None
    later(ports, HOUR)
    assert request_due_run(ports, settings) is not None


def test_answers_that_wait_for_their_canvas_start_no_run_again(
    ports: Any, settings: Settings
) -> None:
    ask(ports, FEW)
    run = request_due_run(ports, settings)
    end(ports, run, RunState.SKIPPED)
    assert run is not None
    for fields in ports.corrections.documents.values():
        fields["status"] = "pending"
    ports.runs.documents[run.id]["counts"] = {"waiting": FEW}
    later(ports, 2 * HOUR)
    assert request_due_run(ports, settings) is None
    later(ports, timedelta(hours=settings.canvas_grace_hours))
    assert request_due_run(ports, settings) is not None


def test_a_trial_that_cannot_be_read_starts_no_run_and_stops_none(
    ports: Any, settings: Settings
) -> None:
    ask(ports, FEW)
    ports.models.trials[ports.trials.current().id] = {"state": "won"}
    assert request_due_run(ports, settings) is None
    run = request_due_run(ports, settings.with_changes(retrain_threshold=FEW))
    assert run is not None
    assert run.trigger is Trigger.PENDING


def test_enough_pending_corrections_come_first_as_they_start_a_fit(
    ports: Any, settings: Settings
) -> None:
    ask(ports, FEW)
    run = request_due_run(ports, settings.with_changes(retrain_threshold=FEW))
    assert run is not None
    assert run.trigger is Trigger.PENDING


def test_two_checks_that_saw_the_same_request_one_run(ports: Any, settings: Settings) -> None:
    ask(ports, FEW)
    run = request_due_run(ports, settings)
    assert run is not None
    assert request_due_run(ports, settings) is None
    assert [each.id for each in ports.runs.list()] == [run.id]
