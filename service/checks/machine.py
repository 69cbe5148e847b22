"""The checks of this machine: settings, data folder, and Redis."""

import shutil
import tempfile
from collections.abc import Iterator

from pipeline.errors import RedrawError
from pipeline.files import create_folder
from pipeline.logs.cleaning import Cleaning
from pipeline.settings import Settings
from pipeline.starting import Role, find_start_problems
from service.checks.check import Check, Finding, check_one
from workers.redis_ping import ping

FREE_BYTES = 2 * 1024**3  # for a copy of the full-size data set


def list_machine_checks(settings: Settings, role: Role) -> list[Check]:
    """Return the checks.

    Args:
        settings: of this process.
        role: what this machine is for. Only a worker needs the data folder.
    """

    def look_at_settings() -> Iterator[Finding]:
        problems = find_start_problems(role)[1]
        yield from (Finding("settings", problem) for problem in problems or (None,))

    def look_at_folder() -> None:
        check_folder(settings, create=role is Role.WORKER)

    folder = settings.data_dir
    here = role is Role.WORKER or folder.is_dir()
    return [
        Check("settings", look_at_settings),
        *([check_one("data folder", f"folder {folder}", look_at_folder)] if here else []),
        check_one(
            "Redis",
            f"Redis {Cleaning()(settings.redis_url)}",
            lambda: ping(settings.redis_url),
        ),
    ]


def check_folder(settings: Settings, *, create: bool) -> None:
    """Raise RedrawError if the data folder has not enough room, OSError if it is not writable."""
    if create:
        create_folder(settings.data_dir)
    with tempfile.TemporaryFile(dir=settings.data_dir):
        free = shutil.disk_usage(settings.data_dir).free
    if free < FREE_BYTES:
        raise RedrawError(
            f"{free / 1024**3:.1f} GB are free; a retrain of the full-size data set needs 2 GB: "
            "free some space, or set REDRAW_DATA_DIR to another disk"
        )
