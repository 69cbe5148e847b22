"""Whether a run is due, and requesting it."""

import hashlib
import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from pipeline.errors import RunInProgress
from pipeline.ports import Ports
from pipeline.records.corrections import Backlog
from pipeline.records.runs import Run, RunState, Trigger
from pipeline.runs import triggers
from pipeline.runs.drift import detect_drift
from pipeline.runs.triggers import Cause
from pipeline.settings import Settings

log = logging.getLogger(__name__)


def request_nightly_run(
    ports: Ports, settings: Settings, now: datetime | None = None
) -> Run | None:
    """Tonight's run when enough corrections are pending, else None; None too when another run is under way.

    The id holds the date, so that two beats make one run. Old corrections without a status are adopted first.
    """
    ports.corrections.adopt()
    cause = triggers.check_nightly(
        ports.corrections.count_pending(), settings.trigger.fewest_pending
    )
    if cause is None:
        return None
    now = now or datetime.now(UTC)
    return _requested(ports, f"run-nightly-{now:%Y-%m-%d}", cause, now)


def request_due_run(ports: Ports, settings: Settings) -> Run | None:
    """The run that is due by what is pending or how the champion does, else None; None too when another run is under way.

    All times are the server's. The id stands for what the decision saw, so that two checks that saw the same make one run, and
    no run is made again for it: for drift the window, else the runs so far. Old corrections without a status are adopted first.
    """
    ports.corrections.adopt()
    backlog = ports.corrections.backlog()
    if not backlog.pending:
        return None
    runs = ports.runs.list(triggers.KNOWN_RUNS)
    until = triggers.paused_until(runs, timedelta(hours=settings.trigger.pause_hours))
    if until is not None and backlog.at < until:
        return None
    seen = hashlib.sha256("\n".join(run.id for run in runs).encode()).hexdigest()[:12]
    cause = triggers.check_pending(backlog.pending, settings.retrain_threshold) or _waited(
        ports, settings, backlog, runs
    )
    if cause is not None:
        return _requested(ports, f"run-{cause.trigger}-{seen}", cause, backlog.at)
    return _drifted(ports, settings, backlog)


def _waited(
    ports: Ports, settings: Settings, backlog: Backlog, runs: Sequence[Run]
) -> Cause | None:
    patience = timedelta(hours=settings.trigger.age_hours)
    if triggers.looked_at(runs, backlog.at, patience):
        return None
    return triggers.check_age(
        ports.corrections.pending_since(backlog.at - patience), backlog.at, patience
    )


def _drifted(ports: Ports, settings: Settings, backlog: Backlog) -> Run | None:
    """The run that the champion's last whole window of answers calls for, if there are corrections that it can learn from."""
    release = ports.models.release()
    if release is None or backlog.pending < settings.trigger.fewest_pending:
        return None
    length = timedelta(hours=settings.trigger.drift_window_hours)
    window = (backlog.at - release.updated_at) // length - 1
    if window < 1:
        return None
    starts = [release.updated_at + number * length for number in (0, window)]
    first, recent = (
        ports.corrections.answers(release.version, start, start + length) for start in starts
    )
    found = detect_drift(release.version, first, recent, window, settings.trigger.drift_rise)
    if not found.rising:
        log.info("no drift: %s", found.sentence)
        return None
    name = f"run-drift-{release.version}-{release.fence}-{window}"
    return _requested(ports, name, Cause(Trigger.DRIFT, found.sentence), backlog.at)


def _requested(ports: Ports, run_id: str, cause: Cause, at: datetime) -> Run | None:
    """The run, when it still has to begin; None when it has begun, or another one goes on."""
    asked = Run(
        id=run_id,
        trigger=cause.trigger,
        purpose=cause.purpose,
        requested_at=at,
        requested_by="schedule",
    )
    try:
        run = ports.runs.request(asked)
    except RunInProgress:
        return None
    return None if run.state is not RunState.REQUESTED else run
