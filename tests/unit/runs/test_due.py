"""By the clock, and by what waits: one run for one cause, none beside another, and none again and again for the same thing."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipeline.bootstrap import in_memory
from pipeline.errors import Unavailable
from pipeline.records.runs import Lease, Run, RunState, Trigger
from pipeline.records.versions import FIRST_VERSION, ModelMetrics, ModelVersion
from pipeline.runs.due import request_due_run, request_nightly_run
from pipeline.settings import Settings
from workers.names import CHECK, NIGHTLY_CHECK, SWEEP
from workers.schedule import beat_schedule

TONIGHT = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
ENOUGH, FEWEST = 5, 3
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ENDS = [RunState.PROMOTED, RunState.REJECTED, RunState.HELD, RunState.SKIPPED]


@pytest.fixture
def settings() -> Settings:
    return Settings(
        _env_file=None,
        retrain_threshold=ENOUGH,
        trigger={"fewest_pending": FEWEST, "age_hours": 72},
        nightly_hour=4,
        sweep_seconds=7,
        check_seconds=9,
    )


@pytest.fixture
def ports() -> Any:
    """With enough corrections pending, sent just now."""
    made: Any = in_memory()
    send(made, ENOUGH)
    return made


def send(
    ports: Any,
    number: int,
    *,
    version: str = "v1.0.0",
    guess: str = "cat",
    at: datetime | None = None,
) -> None:
    start = len(ports.corrections.documents)
    for each in range(start, start + number):
        ports.corrections.documents[f"c{each}"] = {
            "status": "pending",
            "correctedLabel": "cat",
            "originalPrediction": guess,
            "modelVersion": version,
            "timestamp": at or ports.corrections.clock(),
        }


def later(ports: Any, time: timedelta) -> None:
    """The server's clock goes on."""
    now = ports.corrections.clock() + time
    ports.corrections.clock = lambda: now


def end(ports: Any, run: Run | None, state: RunState) -> None:
    """The run ends now, by the server's clock; unless it settles nothing, nothing is pending afterwards."""
    assert run is not None
    lease: Lease = ports.runs.claim(run.id, "worker", 60)
    ports.runs.record(lease, {"state": state})
    ports.runs._runs[run.id] = ports.runs.get(run.id).model_copy(
        update={"updated_at": ports.corrections.clock()}
    )
    if state in ENDS:
        for fields in ports.corrections.documents.values():
            fields["status"] = "merged"


def release(ports: Any) -> datetime:
    """Releases v1.0.0; when that was."""
    draft = ModelVersion(version="", storage_path="", created_at=TONIGHT)
    ports.models.reserve("baseline", lambda _: FIRST_VERSION, draft)
    ports.models.mark_ready(
        "v1.0.0", [], ModelMetrics(accuracy=1, loss=0, training_samples=1, corrections=0)
    )
    at: datetime = ports.models.promote("v1.0.0").updated_at
    return at


@pytest.fixture
def drifting() -> Any:
    """On the tenth day after the release: 400 of 1000 answers corrected the day before, 200 on the first day. Three pend."""
    made: Any = in_memory()
    at = release(made) + HOUR
    send(made, 200, guess="sun", at=at)
    send(made, 800, at=at)
    send(made, 400, guess="sun", at=at + 8 * DAY)
    send(made, 600, at=at + 8 * DAY)
    for name in list(made.corrections.documents)[:-FEWEST]:
        made.corrections.documents[name]["status"] = "merged"
    made.corrections.clock = lambda: at + 9 * DAY
    return made


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
        found: Run = request(run)
        return found

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


# Drift


def test_a_rising_rate_starts_a_run_that_says_so(drifting: Any, settings: Settings) -> None:
    run = request_due_run(drifting, settings.model_copy(update={"retrain_threshold": 1000}))
    assert run is not None
    assert (run.id, run.trigger) == ("run-drift-v1.0.0-1-8", Trigger.DRIFT)
    assert (
        run.purpose
        == "v1.0.0 is corrected in 40% of 1000 answers, right after its release in 20% of 1000"
    )


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


@pytest.mark.parametrize(
    "change",
    [none_released, few_pending, no_confirmations, another_version, too_early, before_the_release],
)
def test_without_what_it_takes_there_is_no_drift(
    drifting: Any, settings: Settings, change: Change
) -> None:
    change(drifting)
    assert request_due_run(drifting, settings) is None


# Beat


def test_the_nightly_check_comes_once_a_day_at_the_hour_of_utc_that_is_set(
    settings: Settings,
) -> None:
    nightly = beat_schedule(settings)["nightly check"]
    assert (nightly["task"], nightly["schedule"].hour, nightly["schedule"].minute) == (
        NIGHTLY_CHECK,
        {4},
        {0},
    )


@pytest.mark.parametrize(("name", "task", "seconds"), [("sweep", SWEEP, 7), ("check", CHECK, 9)])
def test_what_waited_until_its_next_time_is_dropped(
    settings: Settings, name: str, task: str, seconds: int
) -> None:
    entry = beat_schedule(settings)[name]
    assert (entry["task"], entry["schedule"], entry["options"]["expires"]) == (
        task,
        seconds,
        seconds,
    )
