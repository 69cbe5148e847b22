"""Whether the next run starts by itself is said as the rules decide it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.records.runs import Counts, Run, RunState
from pipeline.runs import triggers
from pipeline.runs.next_run import explain_next_run
from pipeline.settings import Settings

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
SETTINGS = Settings(_env_file=None, environment="development", retrain_threshold=500)


def ended(state: RunState, hours_ago: float, **fields: Any) -> Run:
    at = NOW - timedelta(hours=hours_ago)
    return Run(id="run-1", requested_at=at, updated_at=at, state=state, **fields)


def explain(pending: int, *runs: Run, oldest: datetime | None = None) -> tuple[bool, str]:
    soon, sentences = explain_next_run(pending, oldest, runs, SETTINGS, NOW)
    return soon, " ".join(sentences)


def test_nothing_that_is_pending_starts_no_run() -> None:
    soon, words = explain(0)
    assert not soon
    assert words == (
        "Nothing is pending. A run starts by itself when 500 corrections are, or at 03:00 UTC with"
        " 100."
    )


def test_it_says_how_many_more_are_needed_by_day_and_at_night() -> None:
    assert "when 460 more corrections are pending, or at 03:00 UTC with 60 more." in explain(40)[1]
    assert "otherwise at 03:00 UTC: 120 are enough then." in explain(120)[1]


def test_enough_start_a_run_at_the_next_check() -> None:
    assert explain(500) == (
        True,
        "The next run starts within 10 minutes: 500 corrections are pending, 500 start a run.",
    )


def test_it_says_when_the_oldest_will_have_waited_long_enough() -> None:
    assert "it starts on 2026-03-10" in explain(3, oldest=NOW - timedelta(days=1))[1]


def test_what_has_waited_long_enough_starts_a_run() -> None:
    soon, words = explain(3, oldest=NOW - timedelta(days=8))
    assert soon
    assert "a correction has been pending for 8 days" in words


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (RunState.FAILED, "no run starts by itself before 13:30 UTC, as the last run failed."),
        (RunState.CANCELLED, "before 2026-03-05 11:30 UTC, as a person cancelled the last run."),
        (RunState.PROMOTED, "before 12:30 UTC, as one has just ended."),
    ],
)
def test_a_pause_is_told_with_its_reason(state: RunState, words: str) -> None:
    soon, said = explain(600, ended(state, 0.5))
    assert not soon
    assert said.endswith(words)


def test_while_a_version_is_tried_its_answers_are_told_to_start_a_run_too() -> None:
    _, sentences = explain_next_run(3, None, [], SETTINGS, NOW, trial=True)
    assert sentences[-1] == (
        f"While a version is on trial or watched, {SETTINGS.trial.answers} pending answers about it"
        " start one too."
    )


def test_what_waits_for_its_canvas_does_not_count() -> None:
    left = ended(RunState.SKIPPED, 2, counts=Counts(waiting=10))
    soon, words = explain(505, left)
    assert not soon
    assert "10 of those pending wait for their canvas and do not count yet." in words


@given(
    pending=st.integers(0, 1000),
    hours=st.floats(0.01, 100),
    state=st.sampled_from([state for state in RunState if state.ended]),
)
def test_a_run_is_announced_only_when_the_rules_start_one(
    pending: int, hours: float, state: RunState
) -> None:
    run = ended(state, hours)
    pause_end = triggers.compute_pause_end([run], timedelta(hours=SETTINGS.trigger.pause_hours))
    assert pause_end is not None
    due = triggers.check_pending(pending, SETTINGS.retrain_threshold) is not None
    assert explain(pending, run)[0] == (due and pause_end <= NOW)
