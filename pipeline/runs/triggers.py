"""Whether a run is due, and why, in a sentence for the owner. Pure: counts, times and runs in, a cause or nothing out."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import takewhile
from typing import NamedTuple

from pipeline.records.runs import Run, RunState, Trigger

KNOWN_RUNS = 6  # how many of the newest runs decide about a pause: an hour, doubled five times, is over a day
LONGEST_PAUSE = timedelta(days=1)


class Cause(NamedTuple):
    """Why a run is due."""

    trigger: Trigger
    purpose: str


def check_pending(pending: int, threshold: int) -> Cause | None:
    """Due when `threshold` corrections are pending."""
    if pending < threshold:
        return None
    return Cause(Trigger.PENDING, f"{counted(pending)} pending, {threshold} start a run")


def check_age(since: datetime | None, now: datetime, patience: timedelta) -> Cause | None:
    """Due when a correction has been pending for `patience`. `since`: when the one that waits longest became pending."""
    if since is None or now - since < patience:
        return None
    return Cause(
        Trigger.AGE,
        f"a correction has been pending for {span(now - since)}, {span(patience)} start a run",
    )


def check_nightly(pending: int, fewest: int) -> Cause | None:
    """Due at night when at least `fewest` corrections are pending."""
    if pending < fewest:
        return None
    return Cause(
        Trigger.CLOCK,
        f"the nightly check: {counted(pending)} pending, {fewest} are enough at night",
    )


def paused_until(runs: Sequence[Run], pause: timedelta) -> datetime | None:
    """Before this time no run is started by itself; None when nothing stands against one.

    After any run `pause` goes by. A run that failed left what it looked at as it was, so that its cause is still there: each
    failure in a row doubles the pause, up to a day. A cancelled run was stopped by a person: a day. `runs`: the newest, in any
    order. What counts is the server's time of their ends, as the clocks of workers differ.
    """
    ended = sorted(((_end(run), run.state) for run in runs if run.state.ended), reverse=True)
    if not ended:
        return None
    last, state = ended[0]
    if state is RunState.CANCELLED:
        return last + LONGEST_PAUSE
    failures = sum(1 for _ in takewhile(lambda each: each[1] is RunState.FAILED, ended))
    return last + min(pause * (1 << failures), LONGEST_PAUSE)


def looked_at(runs: Sequence[Run], now: datetime, patience: timedelta) -> bool:
    """Whether a run ended within `patience` and settled what was pending, so that nothing has waited for (much) longer."""
    unsettled = (RunState.FAILED, RunState.CANCELLED)
    return any(
        now - _end(run) < patience for run in runs if run.state.ended and run.state not in unsettled
    )


def counted(pending: int) -> str:
    """1 correction is, 2 corrections are."""
    return "1 correction is" if pending == 1 else f"{pending} corrections are"


def span(time: timedelta) -> str:
    """A time in whole days, or, when it is less than two, in hours."""
    hours = time / timedelta(hours=1)
    number, unit = (hours / 24, "day") if hours >= 48 else (hours, "hour")  # noqa: PLR2004 - two days
    whole = int(number) if number >= 1 else round(number, 2)
    return f"{whole} {unit}{'' if whole == 1 else 's'}"


def _end(run: Run) -> datetime:
    return run.updated_at or run.ended_at or run.requested_at
