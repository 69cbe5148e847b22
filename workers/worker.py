"""The application of a worker or beat process: `celery --app workers.worker worker`.

The settings are read when this module is imported. If anything is wrong with them, the process ends
with one line for each problem: Celery would print a traceback of the first.
"""

import sys

from celery.utils.log import current_process

from pipeline.errors import InvalidSettings
from pipeline.logs.configure import configure_logs
from pipeline.settings import Settings
from pipeline.settings_reading import load_settings
from pipeline.starting import Role, settings_to_start
from workers.app import make_app
from workers.redis_ping import TIMEOUT_SECONDS


def _find_role() -> Role | None:
    """Return what Celery's command line starts; None for other commands, and where it is imported.

    There only the settings are read: `celery inspect` needs no credentials. A worker's pool imports
    this too, with the worker's command line; what was right at the start is not looked at again.
    """
    words = sys.argv[1:]
    if "--help" in words or current_process().name != "MainProcess":
        return None
    return next((role for role in (Role.WORKER, Role.BEAT) if role in words), None)


def _read_settings_or_end(role: Role | None) -> Settings:
    try:
        if role is None:
            return load_settings()
        settings = settings_to_start(role)
        configure_logs(settings)  # before Celery warns of anything
        return settings
    except InvalidSettings as error:
        sys.exit("\n".join(f"redraw: {problem}" for problem in error.problems))


ROLE = _find_role()
app = make_app(
    _read_settings_or_end(ROLE), answer_seconds=TIMEOUT_SECONDS if ROLE is Role.BEAT else None
)
