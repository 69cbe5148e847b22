"""Request a run when one is due: at night, by what is pending, by drift, or by an offer."""

import hashlib
import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.errors import NewerDocument, UnreadableDocument
from pipeline.ports import Ports
from pipeline.records.corrections import Backlog
from pipeline.records.runs import Run, RunKind, RunState, Trigger
from pipeline.records.trials import Trial, TrialKind
from pipeline.run_errors import RunInProgress
from pipeline.runs import triggers
from pipeline.runs.drift import detect_drift
from pipeline.runs.triggers import Cause
from pipeline.settings import Settings

log = logging.getLogger(__name__)

MOST_IDS = 9
"""Ids that are tried for one run, where documents that cannot be read stand in the way."""


def request_nightly_run(
    ports: Ports, settings: Settings, now: datetime | None = None
) -> Run | None:
    """Request tonight's run if enough corrections are pending, and return it.

    Corrections of old clients, which have no status, are made pending first. The run's id holds
    the date, so two beats that call this make one run.

    Args:
        ports: the project.
        settings: of this process.
        now: the time, by default that of this machine.

    Returns:
        The run; None if too few corrections are pending, or another run is under way.
    """
    ports.corrections.adopt()
    backlog = ports.corrections.backlog()
    if backlog.pending:
        backlog = _leave_out_waiting(backlog, ports.runs.list(triggers.KNOWN_RUNS), settings)
    cause = triggers.check_nightly(backlog.pending, settings.trigger.fewest_pending)
    if cause is None:
        return None
    now = now or datetime.now(UTC)
    return _request(ports, f"run-nightly-{now:%Y-%m-%d}", cause, now)


def request_due_run(ports: Ports, settings: Settings) -> Run | None:
    """Request a run if what is pending, the open trial, or drift calls for one, and return it.

    If REDRAW_REBASELINE_AUTOMATIC is on and the last run offered a new baseline, that comes first.

    Corrections of old clients, which have no status, are made pending first. All times are the
    server's.

    The run's id is computed from what the decision is based on: the runs so far, or for drift the
    window. Two checks that see the same thing therefore request the same run, and a run that
    has ended is not made a second time.

    Returns:
        The run; None if none is due, or another run is under way.
    """
    ports.corrections.adopt()
    backlog, trial = ports.corrections.backlog(), _find_open_trial(ports)
    is_over = trial is not None and backlog.at >= trial.ends_at
    automatic = settings.rebaseline.automatic
    if not backlog.pending and not is_over and not automatic:
        return None
    runs = ports.runs.list(triggers.KNOWN_RUNS)
    pause_end = triggers.compute_pause_end(runs, timedelta(hours=settings.trigger.pause_hours))
    if pause_end is not None and backlog.at < pause_end:
        return None
    if automatic and (offer := triggers.find_offer(runs)):
        return _request_baseline(ports, offer, settings, backlog.at)
    backlog = _leave_out_waiting(backlog, runs, settings)
    if not backlog.pending and not is_over:
        return None
    cause = (
        triggers.check_pending(backlog.pending, settings.retrain_threshold)
        or _check_trial(ports, settings, backlog, trial)
        or _check_age(ports, settings, backlog, runs)
    )
    if cause is not None:
        digest = hashlib.sha256("\n".join(run.id for run in runs).encode()).hexdigest()[:12]
        return _request(ports, f"run-{cause.trigger}-{digest}", cause, backlog.at)
    return _request_drift_run(ports, settings, backlog, trial)


def _leave_out_waiting(backlog: Backlog, runs: Sequence[Run], settings: Settings) -> Backlog:
    """Return the backlog without the corrections that wait for their canvas."""
    grace = timedelta(hours=settings.canvas_grace_hours)
    waiting = triggers.count_waiting(runs, backlog.at, grace)
    return backlog._replace(pending=max(0, backlog.pending - waiting))


def _find_open_trial(ports: Ports) -> Trial | None:
    """Return the open trial; one that cannot be read counts as none: the next run clears it."""
    try:
        return ports.trials.current()
    except (UnreadableDocument, NewerDocument) as error:
        log.warning("the open trial starts no run: %s", error)
        return None


def _check_trial(
    ports: Ports, settings: Settings, backlog: Backlog, trial: Trial | None
) -> Cause | None:
    """Check whether the open trial can be judged.

    No more answers about it can be merged than are pending without those that wait for a canvas.
    """
    if trial is None:
        return None
    tried = trial.version if trial.kind is TrialKind.CANARY else None
    pending = min(ports.corrections.count_about_trial(tried), backlog.pending)
    return triggers.check_trial(trial, pending, settings.trial.answers, backlog.at)


def _check_age(
    ports: Ports, settings: Settings, backlog: Backlog, runs: Sequence[Run]
) -> Cause | None:
    """Check the age of the oldest pending correction.

    The query for it is made only when no recent run has settled all that was pending.
    """
    patience = timedelta(hours=settings.trigger.age_hours)
    if triggers.was_settled_recently(runs, backlog.at, patience):
        return None
    return triggers.check_age(
        ports.corrections.pending_since(backlog.at - patience), backlog.at, patience
    )


def _request_drift_run(
    ports: Ports, settings: Settings, backlog: Backlog, trial: Trial | None
) -> Run | None:
    """Request a run if the last complete window of answers shows drift.

    There must be enough pending corrections for the champion to learn from. While a version is on
    trial, players are asked about harder drawings than before, which would look like drift.
    """
    if trial is not None and trial.kind is not TrialKind.WATCH:
        return None
    try:
        release = ports.models.release()
    except (UnreadableDocument, NewerDocument) as error:
        log.warning("drift is not looked for: %s", error)
        return None
    if release is None or backlog.pending < settings.trigger.fewest_pending:
        return None
    length = timedelta(hours=settings.trigger.drift_window_hours)
    window = (backlog.at - release.updated_at) // length - 1
    if window < 1:
        return None
    starts = [release.updated_at + number * length for number in (0, window)]
    first, recent = (
        ports.corrections.answers(release.version, start, start + length, settings.categories)
        for start in starts
    )
    drift = detect_drift(release.version, first, recent, window, settings.trigger.drift_rise)
    if not drift.rising:
        log.info("no drift: %s", drift.sentence)
        return None
    # Not the fence alone: that of a trial's start or end is no other release.
    fence = release.fence if release.version_fence is None else release.version_fence
    run_id = f"run-drift-{release.version}-{fence}-{window}"
    return _request(ports, run_id, Cause(Trigger.DRIFT, drift.sentence), backlog.at)


def _request_baseline(ports: Ports, offer: Run, settings: Settings, now: datetime) -> Run | None:
    """Request the run that makes the baseline which another run has offered."""
    cause = Cause(Trigger.OFFER, f"run {offer.id} offered a new baseline")
    return _request(
        ports,
        f"run-baseline-{hashlib.sha256(offer.id.encode()).hexdigest()[:12]}",
        cause,
        now,
        kind=RunKind.BASELINE,
        recipe=settings.rebaseline.recipe,
    )


def _request(ports: Ports, run_id: str, cause: Cause, now: datetime, **more: Any) -> Run | None:
    """Record the run and return it; None if it has begun already, or another one is under way.

    If the document with this id was changed so that it cannot be read, it is left alone,
    and the run gets the id with a number behind it. `more` are other fields of the run.
    """
    for name in (run_id, *(f"{run_id}-{number}" for number in range(2, MOST_IDS + 1))):
        run = Run(
            id=name,
            trigger=cause.trigger,
            purpose=cause.purpose,
            requested_at=now,
            requested_by="schedule",
            **more,
        )
        try:
            run = ports.runs.request(run)
        except RunInProgress:
            return None
        except NewerDocument as error:
            log.warning("the run was requested already: %s", error)
            return None
        except UnreadableDocument as error:
            log.warning("a run gets another id: %s", error)
            continue
        return None if run.state is not RunState.REQUESTED else run
    return None
