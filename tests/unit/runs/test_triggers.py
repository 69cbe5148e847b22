"""What starts a run, each with a sentence for the owner; and when none may start by itself."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.records.runs import Run, RunState, Trigger
from pipeline.runs.triggers import (
    LONGEST_PAUSE,
    Cause,
    check_age,
    check_nightly,
    check_pending,
    compute_pause_end,
    format_duration,
    was_settled_recently,
)

NOW = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)  # the night in which Europe's clocks go forward
HOUR = timedelta(hours=1)
SETTLED = (RunState.PROMOTED, RunState.REJECTED, RunState.HELD, RunState.SKIPPED)


def run(state: RunState, ago: timedelta = HOUR, name: str = "run") -> Run:
    return Run(id=name, state=state, requested_at=NOW - ago - HOUR, updated_at=NOW - ago)


@pytest.mark.parametrize("pending", [0, 1, 499])
def test_fewer_than_enough_start_no_run(pending: int) -> None:
    assert check_pending(pending, 500) is None


def test_enough_start_a_run() -> None:
    assert check_pending(500, 500) is not None
    assert check_pending(512, 500) == Cause(
        Trigger.PENDING, "512 corrections are pending, 500 start a run"
    )


def test_of_one_correction_is_said_that_it_is() -> None:
    assert check_pending(1, 1) == Cause(Trigger.PENDING, "1 correction is pending, 1 start a run")


def test_at_night_fewer_are_enough() -> None:
    assert check_nightly(99, 100) is None
    assert check_nightly(100, 100) == Cause(
        Trigger.CLOCK, "the nightly check: 100 corrections are pending, 100 are enough at night"
    )


def test_nothing_that_waits_starts_no_run() -> None:
    assert check_age(None, NOW, HOUR) is None


def test_what_has_not_waited_long_enough_starts_no_run() -> None:
    assert check_age(NOW - HOUR + timedelta(microseconds=1), NOW, HOUR) is None


def test_what_came_from_a_clock_ahead_of_ours_starts_no_run() -> None:
    assert check_age(NOW + HOUR, NOW, HOUR) is None


def test_what_has_waited_long_enough_starts_a_run() -> None:
    assert check_age(NOW - timedelta(days=8, hours=3), NOW, timedelta(days=7)) == Cause(
        Trigger.AGE, "a correction has been pending for 8 days, 7 days start a run"
    )


@pytest.mark.parametrize(
    ("time", "words"),
    [
        (0.25, "0.25 hours"),
        (1, "1 hour"),
        (1.9, "1 hour"),
        (47.9, "47 hours"),
        (48, "2 days"),
        (168, "7 days"),
        (71, "2 days"),
    ],
)
def test_a_duration_is_written_in_days_or_hours(time: float, words: str) -> None:
    assert format_duration(time * HOUR) == words


def test_without_runs_nothing_stands_against_one() -> None:
    assert compute_pause_end([], HOUR) is None


def test_a_run_that_goes_on_makes_no_pause() -> None:
    assert compute_pause_end([run(RunState.FITTING)], HOUR) is None


@pytest.mark.parametrize("state", SETTLED)
def test_after_a_run_comes_one_pause(state: RunState) -> None:
    assert compute_pause_end([run(state, 0 * HOUR)], HOUR) == NOW + HOUR


@pytest.mark.parametrize(("failures", "hours"), [(1, 2), (2, 4), (3, 8), (4, 16), (5, 24), (6, 24)])
def test_each_failure_in_a_row_doubles_the_pause_up_to_a_day(failures: int, hours: int) -> None:
    runs = [run(RunState.FAILED, number * HOUR) for number in range(failures)] + [
        run(RunState.HELD, 9 * HOUR)
    ]
    assert compute_pause_end(runs, HOUR) == NOW + hours * HOUR


def test_failures_before_a_run_that_ended_well_are_forgotten() -> None:
    assert (
        compute_pause_end([run(RunState.PROMOTED, 0 * HOUR), run(RunState.FAILED)], HOUR)
        == NOW + HOUR
    )


def test_after_a_person_cancelled_a_run_a_day_goes_by() -> None:
    assert (
        compute_pause_end([run(RunState.CANCELLED, 0 * HOUR), run(RunState.PROMOTED)], HOUR)
        == NOW + LONGEST_PAUSE
    )


def test_the_end_counts_by_the_server_s_clock_and_not_by_that_of_the_worker() -> None:
    skewed = run(RunState.FAILED, 0 * HOUR).model_copy(
        update={"ended_at": NOW + 9000 * HOUR, "requested_at": NOW - 9 * HOUR}
    )
    assert compute_pause_end([run(RunState.PROMOTED), skewed], HOUR) == NOW + 2 * HOUR


@given(st.permutations([run(RunState.FAILED, number * HOUR, str(number)) for number in range(4)]))
def test_in_which_order_runs_are_listed_changes_nothing(runs: list[Run]) -> None:
    assert compute_pause_end(runs, HOUR) == NOW + 16 * HOUR


@pytest.mark.parametrize("state", [RunState.FAILED, RunState.CANCELLED, RunState.MERGING])
def test_a_run_that_failed_or_goes_on_has_settled_nothing(state: RunState) -> None:
    assert not was_settled_recently([run(state)], NOW, 9 * HOUR)


@pytest.mark.parametrize("state", SETTLED)
def test_after_a_run_nothing_can_have_waited_for_longer_than_since_then(state: RunState) -> None:
    assert was_settled_recently([run(RunState.FAILED), run(state, 8 * HOUR)], NOW, 9 * HOUR)
    assert not was_settled_recently([run(state, 9 * HOUR)], NOW, 9 * HOUR)
