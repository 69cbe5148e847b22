"""Estimate how long a run goes on: by its pace, and by how long earlier runs took.

This module only computes, from records of runs. What cannot be known is None, not a guess.
"""

from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from pipeline.records.runs import Run, RunKind, RunState

MOST_RUNS = 5
"""The newest runs of the same kind that an estimate goes by: older ones had other data."""
_LEARNING = (
    RunState.COLLECTING,
    RunState.MERGING,
    RunState.FITTING,
    RunState.JUDGING,
    RunState.PUBLISHING,
)
STEPS: dict[RunKind, tuple[RunState, ...]] = {
    RunKind.RETRAIN: _LEARNING,
    RunKind.BASELINE: _LEARNING,
    RunKind.FORGET: (
        RunState.FORGETTING,
        RunState.FITTING,
        RunState.JUDGING,
        RunState.PUBLISHING,
    ),
}
"""The steps of a run in their order. A run may end before the last one."""


class TimeLeft(NamedTuple):
    """Seconds from the run's `updated_at` on; None where they are unknown.

    step: until the present step ends. run: until the run ends.
    """

    step: float | None
    run: float | None


_UNKNOWN = TimeLeft(None, None)


def estimate_time_left(run: Run, earlier: Sequence[Run]) -> TimeLeft:
    """Estimate how long a run goes on.

    The step takes as long as earlier runs took for it, less what it has taken; or longer, if what
    it counts will take longer by its pace. A step that takes longer than ever, and counts nothing,
    ends at an unknown time. The steps behind it take as long as in earlier runs, in the middle of
    those: a run that was not promoted spent no time on publishing.

    A run that waits, for a worker or because of a fault, goes on for an unknown time. So does one
    that forgets a player, except for what it counts: it begins its first step again at the end.

    Args:
        run: one that is under way.
        earlier: other runs, the newest first; those that are no guide are left out here.
    """
    state, entered = run.state, run.entered.get(run.state)
    if state not in STEPS[run.kind] or run.trouble is not None or entered is None:
        return _UNKNOWN
    elapsed = max(0.0, ((run.updated_at or entered) - entered).total_seconds())
    pace = _find_pace(run, elapsed)
    if run.kind is RunKind.FORGET:
        return TimeLeft(pace, None)
    guides = [other for other in earlier if _is_guide(other, run)][:MOST_RUNS]
    if not guides:
        return TimeLeft(pace if _counts_all(run) else None, None)
    usual = median(other.seconds[state] for other in guides) - elapsed
    if usual <= 0 and pace is None:
        return _UNKNOWN
    step = max(usual, pace or 0.0)
    later = STEPS[run.kind][STEPS[run.kind].index(state) + 1 :]
    rest = median(sum(other.seconds.get(each, 0.0) for each in later) for other in guides)
    return TimeLeft(step, step + rest)


def _find_pace(run: Run, elapsed: float) -> float | None:
    """Return how long what the step counts goes on by its pace; None if that is unknown."""
    progress = run.progress
    if progress.seconds_left is not None:
        return progress.seconds_left
    # Batches that other workers collect are counted together, and no worker measures their pace.
    if run.state is RunState.COLLECTING and 0 < progress.done <= progress.total:
        return elapsed * (progress.total - progress.done) / progress.done
    return None


def _counts_all(run: Run) -> bool:
    """Return whether what the step counts is nearly all of it."""
    trains = run.kind is RunKind.BASELINE and run.state is RunState.FITTING
    return run.state is RunState.COLLECTING or trains


def _is_guide(other: Run, run: Run) -> bool:
    """Return whether `other` has taken the step of `run`, and gone on to an end of its own."""
    stopped = (RunState.FAILED, RunState.CANCELLED)
    return (
        other.id != run.id
        and other.state.ended
        and other.state not in stopped
        and (other.kind, other.recipe) == (run.kind, run.recipe)
        and run.state in other.seconds
    )
