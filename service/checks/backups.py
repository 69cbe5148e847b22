"""The check of the place where backups lie: whether there is one, of this project, and not old."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from pipeline.backup.manifests import choose_backup
from pipeline.errors import NotFound
from pipeline.ports import ArtefactStore
from pipeline.settings import Settings
from service.checks.check import Finding

OLD = timedelta(days=2)
"""A backup each night that was missed once is no alarm; twice is one."""
MAKE = "`redraw backup PLACE`, and look why the nightly one does not run"


def check_backups(
    open_place: Callable[[], ArtefactStore], settings: Settings, now: datetime | None = None
) -> Iterator[Finding]:
    """Yield how old the newest complete backup is, and whether it is of this project.

    Args:
        open_place: opens the place of backups.
        settings: the project.
        now: the time; by default the present.
    """
    try:
        manifest = choose_backup(open_place(), None)
    except NotFound:
        yield Finding("backups", f"there is no complete one in this place: {MAKE}")
        return
    name = f"backup {manifest.id}"
    if (manifest.project, manifest.bucket) != (settings.project_id, settings.bucket):
        yield Finding(
            name,
            f"it is of project {manifest.project} and bucket {manifest.bucket}, not of"
            f" {settings.project_id} and {settings.bucket}: name the place of this project",
        )
        return
    age = (now or datetime.now(UTC)) - manifest.read_time
    if age > OLD:
        yield Finding(name, f"the newest one is {age.days} days old: {MAKE}")
        return
    missing = f"; {len(manifest.missing)} files were missing" if manifest.missing else ""
    yield Finding(f"{name}: {age.total_seconds() / 3600:.0f} hours old{missing}")
