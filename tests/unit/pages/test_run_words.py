"""Runs in plain words: each state, kind and trigger has some."""

from datetime import UTC, datetime

import pytest

from pipeline.pages.run_words import (
    DOING,
    KIND_WORDS,
    STEP_NAMES,
    TRIGGER_WORDS,
    advise,
    describe_end,
)
from pipeline.records.runs import Run, RunKind, RunState, Trigger
from pipeline.runs.time_left import STEPS

NOW = datetime(2026, 3, 4, tzinfo=UTC)


@pytest.mark.parametrize("state", RunState)
def test_each_state_is_told_in_words(state: RunState) -> None:
    words = describe_end(Run(id="run-1", requested_at=NOW, state=state))
    assert words[0].isupper()
    assert " " in words
    assert (state in DOING) != state.ended


def test_each_step_kind_and_trigger_has_words() -> None:
    assert {state for steps in STEPS.values() for state in steps} == set(STEP_NAMES)
    assert set(KIND_WORDS) == set(RunKind)
    assert set(TRIGGER_WORDS) == set(Trigger)


def test_a_held_version_is_named_with_what_the_owner_may_do() -> None:
    run = Run(id="run-1", requested_at=NOW, state=RunState.HELD, version="v1.0.4")
    assert describe_end(run) == "v1.0.4 is ready; the run did not release it"
    assert "You may release v1.0.4 all the same" in str(advise(run))


def test_where_nothing_is_to_be_done_there_is_no_advice() -> None:
    assert advise(Run(id="run-1", requested_at=NOW, state=RunState.PROMOTED)) is None
