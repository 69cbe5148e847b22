"""Decide whether a run is due, with a sentence for the owner that says why.

This module only computes, from counts, times and runs.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import takewhile
from typing import NamedTuple

from pipeline.records.runs import Run, RunKind, RunState, Trigger
from pipeline.records.trials import Trial

# The newest runs that decide about a pause. After five failures in a row an hour's pause has
# doubled to more than a day, so older runs change nothing.
KNOWN_RUNS = 6
LONGEST_PAUSE = timedelta(days=1)


class Cause(NamedTuple):
    """Why a run is due."""

    trigger: Trigger
    purpose: str


def check_pending(pending: int, threshold: int) -> Cause | None:
    """Return a cause if at least `threshold` corrections are pending, else None."""
    if pending < threshold:
        return None
    return Cause(Trigger.PENDING, f"{format_count(pending)} pending, {threshold} start a run")


def check_age(since: datetime | None, now: datetime, patience: timedelta) -> Cause | None:
    """Return a cause if a correction has been pending for at least `patience`, else None.

    Args:
        since: when the correction that waits longest became pending; None if none is pending.
        now: the time on the same clock.
        patience: how long a correction may be pending.
    """
    if since is None or now - since < patience:
        return None
    return Cause(
        Trigger.AGE,
        f"a correction has been pending for {format_duration(now - since)}, "
        f"{format_duration(patience)} start a run",
    )


def check_trial(trial: Trial | None, pending: int, fewest: int, now: datetime) -> Cause | None:
    """Return a cause if there is enough to judge the open trial by, or its days are over.

    Args:
        trial: the open trial or watch; None if there is none.
        pending: how many answers about it are pending.
        fewest: how many are enough.
        now: the server's time.
    """
    if trial is None:
        return None
    about = f"{trial.version} and {trial.against}"
    if now >= trial.ends_at:
        return Cause(Trigger.TRIAL, f"the days of the trial of {about} are over")
    if pending < fewest:
        return None
    verb = "answer is" if pending == 1 else "answers are"
    return Cause(
        Trigger.TRIAL,
        f"{pending} {verb} pending about drawings on which {about} differ, or about a canary's"
        f" guesses; {fewest} start a run that judges the trial",
    )


def check_nightly(pending: int, fewest: int) -> Cause | None:
    """Return a cause for a run at night if at least `fewest` corrections are pending, else None."""
    if pending < fewest:
        return None
    return Cause(
        Trigger.CLOCK,
        f"the nightly check: {format_count(pending)} pending, {fewest} are enough at night",
    )


def compute_pause_end(runs: Sequence[Run], pause: timedelta) -> datetime | None:
    """Return the time before which no run starts by itself; None if one may start at any time.

    A pause follows every run. A run that failed left its corrections pending, so its cause is
    still there and would start the next run at once: each further failure in a row doubles the
    pause, up to a day (exponential backoff). A run that a person cancelled is followed by a pause
    of a day, so that the owner can correct what was wrong.

    Args:
        runs: the newest runs, in any order. Their ends are taken from the server's clock, as the
            clocks of workers differ.
        pause: the pause after a run that ended well.
    """
    ended = sorted(((_end_time(run), run.state) for run in runs if run.state.ended), reverse=True)
    if not ended:
        return None
    last_end, state = ended[0]
    if state is RunState.CANCELLED:
        return last_end + LONGEST_PAUSE
    failures = sum(1 for _ in takewhile(lambda end: end[1] is RunState.FAILED, ended))
    return last_end + min(pause * (1 << failures), LONGEST_PAUSE)


def was_settled_recently(runs: Sequence[Run], now: datetime, patience: timedelta) -> bool:
    """Return whether a run that ended within `patience` settled what was pending.

    If so, no correction can have been pending for much longer than that run is ago.
    """
    return any(now - _end_time(run) < patience for run in _list_settled(runs))


def find_offer(runs: Sequence[Run]) -> Run | None:
    """Return the run whose offer of a new baseline stands; None if there is none.

    It is the last one that was judged, and no run has tried to make a baseline since.

    Args:
        runs: the newest runs, in any order.
    """
    deciding = [
        run
        for run in runs
        if run.state.ended
        and run.kind is not RunKind.FORGET
        and (run.decision is not None or run.kind is RunKind.BASELINE)
    ]
    last = max(deciding, key=_end_time, default=None)
    return last if last is not None and last.offers_baseline else None


def count_waiting(runs: Sequence[Run], now: datetime, grace: timedelta) -> int:
    """Return how many pending corrections wait for their canvas, and so start no run.

    The last run that settled left them pending, and the next one would too, until their grace time
    is over. Then they count again: that run merges or refuses every one of them.

    Args:
        runs: the newest runs, in any order.
        now: the server's time.
        grace: how long a correction waits for its canvas.
    """
    last = max(_list_settled(runs), key=_end_time, default=None)
    return 0 if last is None or now - _end_time(last) >= grace else last.counts.waiting


def format_count(pending: int) -> str:
    """Return the count with noun and verb: "1 correction is", "2 corrections are"."""
    return "1 correction is" if pending == 1 else f"{pending} corrections are"


def format_duration(duration: timedelta) -> str:
    """Return a duration in whole days, or in hours if it is less than two days."""
    hours = duration / timedelta(hours=1)
    number, unit = (hours / 24, "day") if hours >= 48 else (hours, "hour")  # noqa: PLR2004 - two days
    whole = int(number) if number >= 1 else round(number, 2)
    return f"{whole} {unit}{'' if whole == 1 else 's'}"


def _list_settled(runs: Sequence[Run]) -> list[Run]:
    """Return the runs that ended and settled what they had collected."""
    unsettled = (RunState.FAILED, RunState.CANCELLED, RunState.FORGOTTEN)
    return [run for run in runs if run.state.ended and run.state not in unsettled]


def _end_time(run: Run) -> datetime:
    return run.updated_at or run.ended_at or run.requested_at
