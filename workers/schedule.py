"""What happens by the clock: looking whether a run is due, and the sweep for runs whose worker died."""

import logging
from typing import Any

from celery.schedules import crontab

from pipeline.settings import Settings
from workers.names import CHECK, NIGHTLY_CHECK, SWEEP

log = logging.getLogger(__name__)


def beat_schedule(settings: Settings) -> dict[str, dict[str, Any]]:
    """Celery beat's table. What waited for longer than until its next time is not worth doing."""
    return {
        "nightly check": {
            "task": NIGHTLY_CHECK,
            "schedule": crontab(hour=settings.nightly_hour, minute=0),
        },
        "check": {
            "task": CHECK,
            "schedule": settings.check_seconds,
            "options": {"expires": settings.check_seconds},
        },
        "sweep": {
            "task": SWEEP,
            "schedule": settings.sweep_seconds,
            "options": {"expires": settings.sweep_seconds},
        },
    }
