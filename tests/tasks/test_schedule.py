"""By the clock: a run when enough is pending, one a night, and none beside another."""

from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.bootstrap import in_memory
from pipeline.records import Run, RunState, Trigger
from pipeline.settings import Settings
from workers.names import NIGHTLY_CHECK, SWEEP
from workers.schedule import beat_schedule, nightly_run

TONIGHT = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
THRESHOLD = 5


@pytest.fixture
def settings() -> Settings:
    return Settings(_env_file=None, retrain_threshold=THRESHOLD, nightly_hour=4, sweep_seconds=7)


@pytest.fixture
def ports() -> Any:
    ports: Any = in_memory()
    ports.corrections.documents = {f"c{each}": {"status": "pending"} for each in range(THRESHOLD)}
    return ports


def test_below_the_threshold_no_run_is_requested(ports: Any, settings: Settings) -> None:
    del ports.corrections.documents["c0"]
    assert nightly_run(ports, settings, TONIGHT) is None
    assert ports.runs.list() == []


def test_what_is_not_pending_does_not_count(ports: Any, settings: Settings) -> None:
    ports.corrections.documents["c0"]["status"] = "merged"
    assert nightly_run(ports, settings, TONIGHT) is None


def test_while_another_run_is_under_way_none_is_requested(ports: Any, settings: Settings) -> None:
    ports.runs.request(Run(id="another", requested_at=TONIGHT))
    assert nightly_run(ports, settings, TONIGHT) is None
    assert [run.id for run in ports.runs.list()] == ["another"]


def test_a_night_s_run_that_has_begun_is_not_given_out_again(ports: Any, settings: Settings) -> None:
    nightly_run(ports, settings, TONIGHT)
    ports.runs.record(ports.runs.claim("run-nightly-2026-03-01", "worker", 60), {"state": RunState.MERGING})
    assert nightly_run(ports, settings, TONIGHT) is None


def test_a_night_s_run_that_has_ended_is_not_repeated_the_same_night(ports: Any, settings: Settings) -> None:
    nightly_run(ports, settings, TONIGHT)
    ports.runs.record(ports.runs.claim("run-nightly-2026-03-01", "worker", 60), {"state": RunState.FAILED})
    assert nightly_run(ports, settings, TONIGHT) is None
    assert len(ports.runs.list()) == 1


def test_two_beats_make_one_run(ports: Any, settings: Settings) -> None:
    first, second = nightly_run(ports, settings, TONIGHT), nightly_run(ports, settings, TONIGHT.replace(second=59))
    assert first == second
    assert len(ports.runs.list()) == 1


def test_at_the_threshold_a_run_is_requested_by_the_clock(ports: Any, settings: Settings) -> None:
    run = nightly_run(ports, settings, TONIGHT)
    assert run is not None
    assert (run.id, run.trigger, run.state) == ("run-nightly-2026-03-01", Trigger.CLOCK, RunState.REQUESTED)


def test_the_next_night_has_a_run_of_its_own(ports: Any, settings: Settings) -> None:
    nightly_run(ports, settings, TONIGHT)
    ports.runs.record(ports.runs.claim("run-nightly-2026-03-01", "worker", 60), {"state": RunState.FAILED})
    run = nightly_run(ports, settings, TONIGHT.replace(day=2))
    assert run is not None
    assert run.id == "run-nightly-2026-03-02"


def test_the_night_is_utc_s_when_no_time_is_given(ports: Any, settings: Settings) -> None:
    before = datetime.now(UTC)
    run = nightly_run(ports, settings)
    assert run is not None
    assert before <= run.requested_at <= datetime.now(UTC)


def test_the_check_comes_once_a_night_at_the_hour_that_is_set(settings: Settings) -> None:
    (hours, minutes) = (beat_schedule(settings)["nightly check"]["schedule"].hour, {0})
    assert hours == {4}
    assert beat_schedule(settings)["nightly check"]["schedule"].minute == minutes
    assert beat_schedule(settings)["nightly check"]["task"] == NIGHTLY_CHECK


def test_a_sweep_that_waited_until_the_next_one_is_dropped(settings: Settings) -> None:
    sweep = beat_schedule(settings)["sweep"]
    assert (sweep["task"], sweep["schedule"], sweep["options"]["expires"]) == (SWEEP, 7, 7)
