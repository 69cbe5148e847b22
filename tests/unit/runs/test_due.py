"""Due runs: one run for one cause, none beside another, and none twice for the same cause."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipeline.bootstrap import in_memory
from pipeline.errors import Unavailable
from pipeline.records.runs import Run, RunState, Trigger
from pipeline.runs.due import request_due_run, request_nightly_run
from pipeline.settings import Settings
from tests.unit.runs._due import (
    ENOUGH,
    FEWEST,
    HOUR,
    TONIGHT,
    end,
    later,
    make_settings,
    send,
)


@pytest.fixture
def settings() -> Settings:
    return make_settings()


@pytest.fixture
def ports() -> Any:
    """A project with enough corrections pending, sent just now."""
    project: Any = in_memory()
    send(project, ENOUGH)
    return project


# The nightly check


def test_below_what_is_enough_at_night_no_run_is_requested(settings: Settings) -> None:
    ports: Any = in_memory()
    send(ports, FEWEST)
    ports.corrections.documents["c0"]["status"] = "merged"
    assert request_nightly_run(ports, settings, TONIGHT) is None
    assert ports.runs.list() == []


@pytest.mark.parametrize("check", [request_nightly_run, request_due_run])
def test_old_corrections_without_a_status_are_adopted_and_count(
    ports: Any, settings: Settings, check: Callable[[Any, Settings], Run | None]
) -> None:
    for fields in ports.corrections.documents.values():
        del fields["status"]
    assert check(ports, settings) is not None


def test_while_another_run_is_under_way_none_is_requested(ports: Any, settings: Settings) -> None:
    ports.runs.request(Run(id="another", requested_at=TONIGHT))
    assert request_nightly_run(ports, settings, TONIGHT) is None
    assert request_due_run(ports, settings) is None
    assert [run.id for run in ports.runs.list()] == ["another"]


def test_a_night_s_run_that_has_begun_is_not_given_out_again(
    ports: Any, settings: Settings
) -> None:
    request_nightly_run(ports, settings, TONIGHT)
    ports.runs.record(
        ports.runs.claim("run-nightly-2026-03-01", "worker", 60), {"state": RunState.MERGING}
    )
    assert request_nightly_run(ports, settings, TONIGHT) is None


def test_a_night_s_run_that_has_ended_is_not_repeated_the_same_night(
    ports: Any, settings: Settings
) -> None:
    end(ports, request_nightly_run(ports, settings, TONIGHT), RunState.FAILED)
    assert request_nightly_run(ports, settings, TONIGHT) is None
    assert len(ports.runs.list()) == 1


def test_two_beats_make_one_run_a_night(ports: Any, settings: Settings) -> None:
    first, second = (
        request_nightly_run(ports, settings, TONIGHT),
        request_nightly_run(ports, settings, TONIGHT.replace(second=59)),
    )
    assert first == second
    assert len(ports.runs.list()) == 1


def test_at_night_a_run_is_requested_by_the_clock(ports: Any, settings: Settings) -> None:
    run = request_nightly_run(ports, settings, TONIGHT)
    assert run is not None
    assert (run.id, run.trigger, run.state) == (
        "run-nightly-2026-03-01",
        Trigger.CLOCK,
        RunState.REQUESTED,
    )
    assert run.purpose == "the nightly check: 5 corrections are pending, 3 are enough at night"


def test_the_next_night_has_a_run_of_its_own(ports: Any, settings: Settings) -> None:
    end(ports, request_nightly_run(ports, settings, TONIGHT), RunState.FAILED)
    run = request_nightly_run(ports, settings, TONIGHT.replace(day=2))
    assert run is not None
    assert run.id == "run-nightly-2026-03-02"


def test_the_night_is_utc_s_when_no_time_is_given(ports: Any, settings: Settings) -> None:
    before = datetime.now(UTC)
    run = request_nightly_run(ports, settings)
    assert run is not None
    assert before <= run.requested_at <= datetime.now(UTC)


# What is due


def test_where_nothing_is_pending_nothing_more_is_asked(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    ports: Any = in_memory()
    monkeypatch.setattr(ports.runs, "list", lambda _: pytest.fail("asked"))
    assert request_due_run(ports, settings) is None


@pytest.mark.parametrize(
    "part", ["corrections.adopt", "corrections.backlog", "runs.list", "runs.request"]
)
def test_while_firestore_is_down_the_fault_goes_to_celery_and_no_run_is_lost(
    ports: Any, settings: Settings, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    def down(*_: Any) -> Any:
        raise Unavailable("Firestore")

    with monkeypatch.context() as patch:
        port, method = part.split(".")
        patch.setattr(getattr(ports, port), method, down)
        with pytest.raises(Unavailable):
            request_due_run(ports, settings)
    assert request_due_run(ports, settings) is not None


def test_fewer_than_enough_that_have_not_waited_start_no_run(
    ports: Any, settings: Settings
) -> None:
    ports.corrections.documents["c0"]["status"] = "merged"
    assert request_due_run(ports, settings) is None
    assert ports.runs.list() == []


def test_two_checks_at_once_make_one_run(
    ports: Any, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    request, meanwhile = ports.runs.request, []

    def overtaken(run: Run) -> Run:
        """Another check, which saw the same, has come first, and its run has ended already."""
        monkeypatch.setattr(ports.runs, "request", request)
        meanwhile.append(request_due_run(ports, settings))
        end(ports, meanwhile[0], RunState.PROMOTED)
        requested: Run = request(run)
        return requested

    monkeypatch.setattr(ports.runs, "request", overtaken)
    assert request_due_run(ports, settings) is None
    assert ports.runs.list() == [ports.runs.get(meanwhile[0].id)]


def test_a_check_while_the_run_of_the_last_one_goes_on_requests_none(
    ports: Any, settings: Settings
) -> None:
    assert request_due_run(ports, settings) is not None
    assert request_due_run(ports, settings) is None


@pytest.mark.parametrize(("state", "hours"), [(RunState.FAILED, 2), (RunState.CANCELLED, 24)])
def test_a_run_that_settled_nothing_is_not_followed_by_another_at_each_check(
    ports: Any, settings: Settings, state: RunState, hours: int
) -> None:
    end(ports, request_due_run(ports, settings), state)
    later(ports, hours * HOUR - timedelta(minutes=10))
    assert request_due_run(ports, settings) is None
    later(ports, timedelta(minutes=11))
    assert request_due_run(ports, settings) is not None


def test_a_month_of_failures_makes_a_run_a_day(ports: Any, settings: Settings) -> None:
    for _ in range(30 * 12):
        later(ports, 2 * HOUR)
        if (run := request_due_run(ports, settings)) is not None:
            end(ports, run, RunState.FAILED)
    assert len(ports.runs.list(100)) <= 30 + 5


def test_a_flood_of_corrections_makes_a_run_an_hour(ports: Any, settings: Settings) -> None:
    for _ in range(24 * 6):
        later(ports, HOUR / 6)
        send(ports, ENOUGH)
        if (run := request_due_run(ports, settings)) is not None:
            end(ports, run, RunState.HELD)
    assert len(ports.runs.list(100)) <= 24


def test_enough_start_a_run_that_says_so(ports: Any, settings: Settings) -> None:
    run = request_due_run(ports, settings)
    assert run is not None
    assert (run.trigger, run.purpose) == (
        Trigger.PENDING,
        "5 corrections are pending, 5 start a run",
    )
    assert ports.runs.get(run.id) == run


def test_one_that_has_waited_too_long_starts_a_run_that_says_so(settings: Settings) -> None:
    ports: Any = in_memory()
    send(ports, 1)
    later(ports, 71 * HOUR)
    assert request_due_run(ports, settings) is None
    later(ports, 2 * HOUR)
    run = request_due_run(ports, settings)
    assert run is not None
    assert (run.trigger, run.purpose) == (
        Trigger.AGE,
        "a correction has been pending for 3 days, 3 days start a run",
    )


def test_a_forged_timestamp_starts_no_run(settings: Settings) -> None:
    ports: Any = in_memory()
    send(ports, 1, at=datetime(1970, 1, 1, tzinfo=UTC))
    ports.corrections.written["c0"] = ports.corrections.clock()
    assert request_due_run(ports, settings) is None


def test_what_a_run_left_behind_starts_no_run_before_it_has_waited_as_long_again(
    settings: Settings,
) -> None:
    ports: Any = in_memory()
    send(ports, 1)
    later(ports, 80 * HOUR)
    end(ports, request_due_run(ports, settings), RunState.HELD)
    ports.corrections.documents["c0"]["status"] = "pending"
    later(ports, 71 * HOUR)
    assert request_due_run(ports, settings) is None
    later(ports, HOUR)
    assert request_due_run(ports, settings) is not None
