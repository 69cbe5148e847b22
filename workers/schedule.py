"""The table of Celery beat: what is called by the clock."""

from typing import Any

from celery.schedules import crontab

from pipeline.settings import Settings
from workers.names import CHECK, CLEAN, DELIVER, NIGHTLY_CHECK, NOTIFY, SWEEP, TIDY

CLEAN_MINUTE = 30
DELIVER_SECONDS = 60.0
"""The shortest pause after a notification could not be delivered."""
TIDY_SECONDS = 600.0
"""A version that was left half published harms no player, so it can wait."""


def beat_schedule(settings: Settings) -> dict[str, dict[str, Any]]:
    """Return Celery beat's table.

    The frequent tasks expire when the next one is due. So after a time without workers one of
    each is waiting, not hundreds.
    """
    schedule: dict[str, dict[str, Any]] = {
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
        "tidy": {
            "task": TIDY,
            "schedule": TIDY_SECONDS,
            "options": {"expires": TIDY_SECONDS},
        },
    }
    if settings.retention.nightly:
        # After the nightly check: a run that it starts is then in the slot.
        schedule["clean"] = {
            "task": CLEAN,
            "schedule": crontab(hour=settings.nightly_hour, minute=CLEAN_MINUTE),
        }
    if settings.webhook.url is not None:
        seconds = settings.webhook.check_seconds
        schedule["notify"] = {
            "task": NOTIFY,
            "schedule": seconds,
            "options": {"expires": seconds},
        }
        schedule["deliver"] = {
            "task": DELIVER,
            "schedule": DELIVER_SECONDS,
            "options": {"expires": DELIVER_SECONDS},
        }
    return schedule
