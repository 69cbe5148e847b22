"""Find events in runs that have ended, and in the history of releases.

Sentences say nothing that a player or an account has written: reasons of faults may quote
documents, and those of owners may name persons. They are in the run, and in the history.
"""

from collections.abc import Iterator
from datetime import datetime

from pipeline.records.notifications import Event, NotificationKind, NotificationReason
from pipeline.records.releases import ReleaseChange
from pipeline.records.runs import Run, RunKind, RunState
from pipeline.records.trials import TrialKind, TrialVerdict
from pipeline.versions.documents import parse_numbers

_WHAT = {
    RunKind.RETRAIN: "A retrain",
    RunKind.BASELINE: "The training of a new baseline",
    RunKind.FORGET: "A run that forgets a player",
}
_ENDS = {
    RunState.PROMOTED: "has ended with the release of {version}",
    RunState.REJECTED: "has ended without a release: the challenger is worse",
    RunState.HELD: "has ended without a release: it is not sure enough that the challenger is"
    " better",
    RunState.SKIPPED: "has ended: there is nothing to learn that was not learned before",
    RunState.FAILED: "has failed; its corrections stay pending",
    RunState.CANCELLED: "was cancelled",
    RunState.FORGOTTEN: "has ended: nothing is left of the player",
}

_JUDGED = frozenset({RunState.PROMOTED, RunState.REJECTED, RunState.HELD})


def find_run_events(run: Run, now: datetime, on_trial: str | None = None) -> Iterator[Event]:
    """Yield the events of a run that has ended.

    Args:
        run: one whose state is an end.
        now: the time, for a run without the time of its end.
        on_trial: the version that is on trial now; None if there is none.
    """
    at, link = run.ended_at or now, f"/v1/retrains/{run.id}"

    def event(kind: NotificationKind, reason: str, sentence: str, path: str = link) -> Event:
        return Event(kind, reason, run.id, at, sentence, path, run.id, run.version)

    end = _ENDS[run.state].format(version=run.version or "a version")
    gate = _quote_gate(run)
    yield event(NotificationKind.RUN_ENDED, run.state, f"{_WHAT[run.kind]} {end}{gate}.")
    if run.state is RunState.FAILED:
        yield event(
            NotificationKind.ALARM,
            NotificationReason.RUN_FAILED,
            f"{_WHAT[run.kind]} has failed: `redraw runs {run.id}` says why and what to do.",
        )
    if run.state is RunState.HELD and (run.version is None or run.version != on_trial):
        yield event(
            NotificationKind.DECISION_NEEDED,
            NotificationReason.HELD,
            f"{_WHAT[run.kind]} was held{gate}. {_advise_held(run)}",
        )
    if run.trial is not None and _has_ended_unreleased(run):
        yield event(
            NotificationKind.DECISION_NEEDED,
            NotificationReason.TRIAL_ENDED,
            f"The trial of {run.trial.version} has ended without a release: "
            f"{run.trial.sentence.rstrip('.')}. It can still be released by hand.",
            f"/v1/trials/{run.trial.version}",
        )


def find_rollback(change: ReleaseChange) -> Event | None:
    """Return the event of an entry in the history that went back; None if it went forward."""
    numbers = parse_numbers([change.previous, change.version])
    if numbers == sorted(numbers):  # also if none was released before
        return None
    by_run = change.run_id is not None
    who = "a run released" if by_run else "an owner released"
    return Event(
        NotificationKind.ROLLED_BACK,
        NotificationReason.BY_RUN if by_run else NotificationReason.BY_OWNER,
        change.id,
        change.at,
        f"The release went back from {change.previous} to {change.version}: {who} it.",
        "/v1/releases",
        change.run_id,
        change.version,
    )


def _quote_gate(run: Run) -> str:
    """Return the first reason of the gate, whose words are Redraw's own; "" if it said none."""
    if run.decision is None or not run.decision.reasons or run.state not in _JUDGED:
        return ""
    return f" ({run.decision.reasons[0].rstrip('.')})"


def _advise_held(run: Run) -> str:
    if run.version is not None:
        return f"{run.version} is ready and not released: look at it, and release it if it is good."
    more = run.decision.more if run.decision else None
    wait = "Wait for" if more is None else f"About {more:,}"
    return f"{wait} more answers{'' if more is None else ' would decide it'}."


def _has_ended_unreleased(run: Run) -> bool:
    trial = run.trial
    return (
        trial is not None
        and trial.kind is not TrialKind.WATCH
        and trial.verdict in {TrialVerdict.WORSE, TrialVerdict.FUTILE}
    )
