"""Decide what cancelling does to a run.

Every RunStore follows this rule inside its transaction.
"""

from datetime import datetime
from typing import Any

from pipeline.errors import TooLateToCancel
from pipeline.records.runs import Run, RunKind, RunState


def cancel_run(run: Run, by: str, now: datetime, *, executed: bool) -> dict[str, Any]:
    """Return the fields that change when `run` is cancelled; none if it was cancelled before.

    Args:
        run: as it stands in the transaction.
        by: who cancels it.
        now: the server's time.
        executed: whether a worker holds a lease on it. If not, the run ends at once.

    Raises:
        TooLateToCancel: it is publishing, or has ended in another way.
    """
    if run.state is RunState.CANCELLED:
        return {}
    if run.state.ended:
        raise TooLateToCancel(f"run {run.id} has ended already: {run.state}")
    if run.kind is RunKind.FORGET and run.state is not RunState.REQUESTED:
        raise TooLateToCancel(
            f"run {run.id} has begun to forget a player: what it has deleted does not come back, "
            "so it is not stopped halfway"
        )
    # A run that is executed again passes through the earlier states once more. If an earlier
    # attempt decided to promote, it may have published already.
    promoting = run.decision is not None and run.decision.outcome is RunState.PROMOTED
    if run.state is RunState.PUBLISHING or promoting:
        raise TooLateToCancel(
            f"run {run.id} is publishing: wait for its end, then roll back with `redraw promote`"
        )
    request: dict[str, Any] = {}
    if run.cancel_requested_at is None:
        request = {"cancel_requested_at": now, "cancel_requested_by": by}
    if executed:
        return request
    reason = f"cancelled by {run.cancel_requested_by or by}"
    return {**request, "state": RunState.CANCELLED, "ended_at": now, "reason": reason}
