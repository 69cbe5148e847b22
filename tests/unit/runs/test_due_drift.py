"""A run by drift: when the champion is corrected more often than at first, and once only."""

from collections.abc import Callable
from typing import Any

import pytest

from pipeline.bootstrap import in_memory
from pipeline.records.runs import RunState, Trigger
from pipeline.runs.due import request_due_run
from pipeline.settings import Settings
from tests.contract._trials import a_plan
from tests.contract._versions import ready
from tests.unit.runs._due import (
    DAY,
    ENDS,
    FEWEST,
    HOUR,
    end,
    later,
    make_settings,
    release,
    send,
)


@pytest.fixture
def settings() -> Settings:
    return make_settings()


@pytest.fixture
def drifting() -> Any:
    """A project on the tenth day after the release.

    400 of 1000 answers corrected on the day before, 200 on the first day. Three are pending.
    """
    project: Any = in_memory()
    start = release(project) + HOUR
    send(project, 200, guess="sun", at=start)
    send(project, 800, at=start)
    send(project, 400, guess="sun", at=start + 8 * DAY)
    send(project, 600, at=start + 8 * DAY)
    for name in list(project.corrections.documents)[:-FEWEST]:
        project.corrections.documents[name]["status"] = "merged"
    project.corrections.clock = lambda: start + 9 * DAY
    return project


def test_a_rising_rate_starts_a_run_that_says_so(drifting: Any, settings: Settings) -> None:
    run = request_due_run(drifting, settings.model_copy(update={"retrain_threshold": 1000}))
    assert run is not None
    assert (run.id, run.trigger) == ("run-drift-v1.0.0-1-8", Trigger.DRIFT)
    assert (
        run.purpose
        == "v1.0.0 is corrected in 40% of 1000 answers, right after its release in 20% of 1000"
    )


@pytest.mark.slow
@pytest.mark.parametrize("state", [*ENDS, RunState.FAILED, RunState.CANCELLED])
def test_the_same_days_never_start_a_second_run(
    drifting: Any, settings: Settings, state: RunState
) -> None:
    settings = settings.model_copy(update={"retrain_threshold": 1000})
    end(drifting, request_due_run(drifting, settings), state)
    send(drifting, FEWEST)
    for _ in range(7):  # to the end of the tenth day, which has no answers
        later(drifting, 3 * HOUR)
        assert request_due_run(drifting, settings) is None
    assert len(drifting.runs.list()) == 1


Change = Callable[[Any], Any]


def none_released(ports: Any) -> None:
    ports.models._release = None


def release_unreadable(ports: Any) -> None:
    ports.models._release["fence"] = "seven"


def few_pending(ports: Any) -> None:
    list(ports.corrections.documents.values())[-1]["status"] = "merged"


def no_confirmations(ports: Any) -> None:
    for name, fields in list(ports.corrections.documents.items()):
        if (
            fields["correctedLabel"] == fields["originalPrediction"]
            and fields["status"] != "pending"
        ):
            del ports.corrections.documents[name]


def another_version(ports: Any) -> None:
    for fields in ports.corrections.documents.values():
        fields["modelVersion"] = "v0.9.0"


def too_early(ports: Any) -> None:
    later(ports, -8 * DAY)


def before_the_release(ports: Any) -> None:
    """The server's clock was put back."""
    later(ports, -20 * DAY)


def another_on_trial(ports: Any) -> None:
    """Players are asked where the two versions differ."""
    ports.trials.begin(ready(ports.models, "run-b"), a_plan(days=365))


@pytest.mark.parametrize(
    "change",
    [
        another_on_trial,
        none_released,
        release_unreadable,
        few_pending,
        no_confirmations,
        another_version,
        too_early,
        before_the_release,
    ],
)
def test_without_what_it_takes_there_is_no_drift(
    drifting: Any, settings: Settings, change: Change
) -> None:
    change(drifting)
    assert request_due_run(drifting, settings) is None
