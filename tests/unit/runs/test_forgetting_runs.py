"""A run that forgets a player settles nothing, offers nothing, and is not stopped halfway."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipeline.records.runs import Counts, Run, RunKind, RunState
from pipeline.run_errors import TooLateToCancel
from pipeline.runs.cancelling import cancel_run
from pipeline.runs.triggers import (
    compute_pause_end,
    count_waiting,
    find_offer,
    was_settled_recently,
)

NOW = datetime(2026, 3, 4, 5, tzinfo=UTC)
DAY = timedelta(days=1)


def a_run(hours: float, **fields: Any) -> Run:
    at = NOW - timedelta(hours=hours)
    return Run(id=f"run-{hours}", requested_at=at, ended_at=at, updated_at=at, **fields)


FORGOT = a_run(1, kind=RunKind.FORGET, state=RunState.FORGOTTEN)
HELD = a_run(
    5, state=RunState.HELD, counts=Counts(waiting=3), offers_baseline=True,
)  # fmt: skip


def test_what_was_pending_before_it_is_pending_after_it() -> None:
    assert not was_settled_recently([FORGOT], NOW, DAY)
    assert was_settled_recently([FORGOT, HELD], NOW, DAY)
    assert count_waiting([FORGOT, HELD], NOW, DAY) == 3


def test_a_pause_follows_it_as_any_run() -> None:
    assert compute_pause_end([FORGOT, HELD], timedelta(hours=2)) == NOW + timedelta(hours=1)


def test_the_offer_of_the_run_before_it_stands() -> None:
    decided = FORGOT.model_copy(update={"decision": HELD.decision})
    held = HELD.model_copy(update={"kind": RunKind.BASELINE})
    assert find_offer([decided, held]) == held


@pytest.mark.parametrize("state", [state for state in RunState if state is not RunState.REQUESTED])
def test_it_is_not_cancelled_once_it_has_begun(state: RunState) -> None:
    if state is RunState.CANCELLED:
        return
    run = FORGOT.model_copy(update={"state": state})
    with pytest.raises(TooLateToCancel):
        cancel_run(run, "ann", NOW, executed=True)


def test_before_its_first_step_it_can_be_cancelled() -> None:
    run = FORGOT.model_copy(update={"state": RunState.REQUESTED})
    assert cancel_run(run, "ann", NOW, executed=False)["state"] is RunState.CANCELLED
