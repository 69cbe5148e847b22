"""Decide how long a run waits after a temporary fault, and when it ends for lack of progress.

Every RunStore follows this rule inside its transaction, by the server's clock.
"""

from datetime import datetime, timedelta
from typing import Any

from pipeline.records.runs import Lease, Progress, Run, RunState, Trouble
from pipeline.runs.slot import format_time

FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(minutes=5)


def add_trouble(
    run: Run, lease: Lease, message: str, patience: timedelta, now: datetime
) -> dict[str, Any]:
    """Return the fields that change when a temporary fault stops an execution of `run`.

    The pause doubles with each fault, up to five minutes. Several faults within one pause, as of
    the batches of a run, count as one. When faults have kept the run from getting any further for
    `patience`, it ends as failed.

    Args:
        run: as it stands in the transaction.
        lease: of the worker that met the fault.
        message: what the fault is, in a line.
        patience: how long the run may be without progress.
        now: the server's time.
    """
    before = run.trouble
    since = before.since if before else now
    if now - since >= patience:
        return {
            "state": RunState.FAILED,
            "ended_at": now,
            "trouble": None,
            "progress": Progress(message=str(RunState.FAILED)),
            "reason": (
                f"it got no further since {format_time(since)}: {message}; its "
                "corrections stay pending: request another run when the fault is mended"
            ),
        }
    times = before.times if before else 0
    if before is None or now >= before.retry_at:
        times += 1
        retry_at = now + min(FIRST_PAUSE * 2 ** min(times - 1, 10), LONGEST_PAUSE)
    else:
        retry_at = before.retry_at
    waiting = f"waiting until {format_time(retry_at)}: {message}"
    return {
        "progress": run.progress.model_copy(update={"message": waiting, "seconds_left": None}),
        "trouble": Trouble(
            message=message,
            since=since,
            times=times,
            retry_at=retry_at,
            fence=lease.fence,
            done=run.progress.done,
        ),
    }


def is_paused(run: Run, now: datetime) -> bool:
    """Return whether the pause after a fault of `run` is not over at the server's time `now`."""
    return run.trouble is not None and run.trouble.retry_at > now
