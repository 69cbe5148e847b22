"""Decide what cancelling does to a run.

Every RunStore follows these rules inside its transactions.
"""

from datetime import datetime, timedelta
from typing import Any

from pipeline.records.runs import Run, RunKind, RunState
from pipeline.run_errors import RunCancelled, TooLateToCancel

PATIENCE = timedelta(seconds=15)
"""How long a worker has to end a cancelled run by itself. It looks every second."""


def cancel_run(run: Run, by: str, now: datetime, *, executed: bool) -> dict[str, Any]:
    """Return the fields that change when `run` is cancelled; none if it was cancelled before.

    A worker that has not ended the run within PATIENCE hangs, or has died a moment ago: then
    the next call ends the run. The worker's lease is void from there on, so it can write no more.

    Args:
        run: as it stands in the transaction.
        by: who cancels it.
        now: the server's time.
        executed: whether a worker holds a lease on it. If not, the run ends at once.

    Raises:
        TooLateToCancel: it has published a version, forgets a player, or has ended.
    """
    if run.state is RunState.CANCELLED:
        return {}
    if run.state.ended:
        raise TooLateToCancel(f"run {run.id} has ended already: {run.state}{_advise(run)}")
    if run.kind is RunKind.FORGET and run.state is not RunState.REQUESTED:
        raise TooLateToCancel(
            f"run {run.id} has begun to forget a player: what it has deleted does not come back, "
            "so it is not stopped halfway"
        )
    if run.version is not None:
        raise TooLateToCancel(
            f"run {run.id} has published {run.version}, and ends within seconds{_advise(run)}"
        )
    request: dict[str, Any] = {}
    if run.cancel_requested_at is None:
        request = {"cancel_requested_at": now, "cancel_requested_by": by}
    if executed and not is_overdue(run, now):
        return request
    reason = describe_cancelled(run.cancel_requested_by or by)
    return {**request, "state": RunState.CANCELLED, "ended_at": now, "reason": reason}


def is_overdue(run: Run, now: datetime) -> bool:
    """Return whether a worker was told long ago to end the run, and has not."""
    return run.cancel_requested_at is not None and now - run.cancel_requested_at >= PATIENCE


def stop_if_cancelled(run: Run) -> None:
    """Raise RunCancelled if the run is to end; not once its version is ready.

    The transaction that makes a version ready calls this too. So either the version came first,
    and cancelling is refused; or the request came first, and nothing becomes ready.
    """
    if run.cancel_requested_at is not None and run.version is None:
        raise RunCancelled(describe_cancelled(run.cancel_requested_by))


def describe_cancelled(by: str | None) -> str:
    """Return why a run has ended."""
    return f"cancelled by {by}" if by else "cancelled"


def _advise(run: Run) -> str:
    """Return how to undo what a run has published; nothing if it published nothing."""
    if run.version is None:
        return ""
    return (
        f"; if {run.version} is released, go back with `redraw rollback`; if it is on trial, "
        "end that with `redraw trial stop`"
    )
