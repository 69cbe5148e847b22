"""Say whether the next run will start by itself, when, and what it waits for.

This tells what `due.py` decides, from the same rules. It only computes.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from pipeline.records.runs import Run, RunState
from pipeline.runs import triggers
from pipeline.settings import Settings

_CAUSES = {
    RunState.CANCELLED: "a person cancelled the last run",
    RunState.FAILED: "the last run failed",
}


class Outlook(NamedTuple):
    """What is to be expected of the next run.

    soon: whether it starts at the next check. sentences: why it will, or what it waits for.
    """

    soon: bool
    sentences: list[str]


def explain_next_run(
    pending: int,
    oldest: datetime | None,
    runs: Sequence[Run],
    settings: Settings,
    now: datetime,
    *,
    trial: bool = False,
) -> Outlook:
    """Return whether a run starts by itself, and why or why not.

    Runs that drift or a trial starts come beside those that are foreseen here: what they wait for
    is known only by looking at answers.

    Args:
        pending: how many corrections are pending.
        oldest: since when the oldest of them has been; None if that is not known.
        runs: the newest runs, at least `triggers.KNOWN_RUNS` of them if there are so many.
        settings: of this project.
        now: the server's time.
        trial: whether a version is on trial, or watched.
    """
    grace = timedelta(hours=settings.canvas_grace_hours)
    waiting = min(pending, triggers.count_waiting(runs, now, grace))
    usable = pending - waiting
    check = format_check(settings.check_seconds)
    pause_end = triggers.compute_pause_end(runs, timedelta(hours=settings.trigger.pause_hours))
    pause = None
    if pause_end is not None and now < pause_end:
        pause = f"no run starts by itself before {_format_time(pause_end, now)}, as {_cause(runs)}"
    patience = timedelta(hours=settings.trigger.age_hours)
    cause = triggers.check_pending(usable, settings.retrain_threshold) or triggers.check_age(
        oldest if usable else None, now, patience
    )
    if settings.rebaseline.automatic and (offer := triggers.find_offer(runs)):
        because = f"run {offer.id} has offered a new baseline"
    else:
        because = cause.purpose if cause else ""
    if because:
        if pause is None:
            return Outlook(True, [f"The next run starts {check}: {because}."])
        return Outlook(False, [f"{_capital(because)}, but {pause}."])
    sentences = [_describe_lack(usable, settings)]
    if usable and oldest is not None:
        sentences.append(
            f"If fewer come, it starts on {oldest + patience:%Y-%m-%d}, when the oldest has been"
            f" pending for {triggers.format_duration(patience)}."
        )
    if waiting:
        verb = "waits for its canvas and does" if waiting == 1 else "wait for their canvas and do"
        sentences.append(f"{waiting:,} of those pending {verb} not count yet.")
    if trial:
        sentences.append(
            f"While a version is on trial or watched, {settings.trial.answers:,} pending answers"
            " about it start one too."
        )
    if pause is not None and usable:
        sentences.append(f"{_capital(pause)}.")
    return Outlook(False, sentences)


def format_check(seconds: float) -> str:
    """Return within how long the next check comes: `within 10 minutes`."""
    minutes = max(1, round(seconds / 60))
    return "within a minute" if minutes == 1 else f"within {minutes} minutes"


def _describe_lack(usable: int, settings: Settings) -> str:
    lack = settings.retrain_threshold - usable
    fewest, hour = settings.trigger.fewest_pending, settings.nightly_hour
    night = f"at {hour:02}:00 UTC"
    if not usable:
        return (
            f"Nothing is pending. A run starts by itself when {settings.retrain_threshold:,}"
            f" corrections are, or {night} with {fewest:,}."
        )
    more = f"The next run starts by itself when {lack:,} more corrections are pending"
    if usable >= fewest:
        return f"{more}, and otherwise {night}: {usable:,} are enough then."
    return f"{more}, or {night} with {fewest - usable:,} more."


def _cause(runs: Sequence[Run]) -> str:
    """Return why a run is followed by a pause."""
    ended = [run for run in runs if run.state.ended]
    last = max(ended, key=lambda run: run.updated_at or run.ended_at or run.requested_at)
    return _CAUSES.get(last.state, "one has just ended")


def _format_time(time: datetime, now: datetime) -> str:
    exact = time.astimezone(UTC)
    same_day = exact.date() == now.astimezone(UTC).date()
    return f"{exact:%H:%M} UTC" if same_day else f"{exact:%Y-%m-%d %H:%M} UTC"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
