"""What the command line says about a run that is under way: how far it is, and how long it goes."""

from collections.abc import Sequence

from pipeline.rebaseline.time_left import format_time_left
from pipeline.records.runs import Run
from pipeline.runs.slot import format_time
from pipeline.runs.time_left import estimate_time_left


def describe_progress(run: Run, earlier: Sequence[Run]) -> str | None:
    """Return what a run does, and how long it goes on if that is known; None if it has ended.

    Args:
        run: the run.
        earlier: other runs, the newest first, by which the time is estimated.
    """
    if run.state.ended or run.trouble is not None:
        return None
    if run.cancel_requested_at is not None:
        return f"is being cancelled since {format_time(run.cancel_requested_at)}"
    words = f"is {run.state}"
    progress = run.progress
    if progress.message and progress.message != run.state:
        counted = f" {progress.done}/{progress.total}" if progress.total else ""
        words += f": {progress.message}{counted}"
    left = estimate_time_left(run, earlier).run
    return words if left is None else f"{words}; {format_time_left(left)} left"
