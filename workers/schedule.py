"""What happens by the clock: the nightly check, and the sweep for runs whose worker died."""

from datetime import UTC, datetime
from typing import Any

from celery.schedules import crontab

from pipeline.bootstrap import Ports
from pipeline.errors import RunInProgress
from pipeline.records import Run, RunState, Trigger
from pipeline.settings import Settings
from workers.names import NIGHTLY_CHECK, SWEEP


def beat_schedule(settings: Settings) -> dict[str, dict[str, Any]]:
    """Celery beat's table."""
    return {
        "nightly check": {"task": NIGHTLY_CHECK, "schedule": crontab(hour=settings.nightly_hour, minute=0)},
        # A sweep that waited longer than until the next one is not worth doing.
        "sweep": {"task": SWEEP, "schedule": settings.sweep_seconds, "options": {"expires": settings.sweep_seconds}},
    }


def nightly_run(ports: Ports, settings: Settings, now: datetime | None = None) -> Run | None:
    """Tonight's run when enough corrections are pending, else None; None too when another run is under way.

    The id holds the date, so that two beats make one run. Old corrections without a status are adopted first.
    """
    ports.corrections.adopt()
    if ports.corrections.count_pending() < settings.retrain_threshold:
        return None
    now = now or datetime.now(UTC)
    run = Run(id=f"run-nightly-{now:%Y-%m-%d}", trigger=Trigger.CLOCK, requested_at=now, requested_by="nightly check")
    try:
        run = ports.runs.request(run)
    except RunInProgress:
        return None
    return None if run.state is not RunState.REQUESTED else run
