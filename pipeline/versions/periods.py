"""List which version was live from when until when."""

from datetime import datetime

from pipeline.errors import NewerDocument
from pipeline.ports import ModelRegistry
from pipeline.records.reading import Page, note_unreadable
from pipeline.records.releases import ReleaseChange
from pipeline.records.versions import Release

BEFORE_HISTORY = "released before Redraw kept a history of releases"


class ReleasePeriod(ReleaseChange):
    """An entry of the history, with the time at which the next one began."""

    until: datetime | None = None
    """When another version was released; None: it is released now, as far as it is known."""


def list_periods(
    models: ModelRegistry, after: str | None = None, limit: int = 50
) -> Page[ReleasePeriod]:
    """Return which version was live when, by whom and why, the newest first.

    Where the history does not know the present release, as the project is older than the history,
    the release itself comes first.

    Args:
        models: the registry.
        after: the `next_after` of the page before; None for the first page.
        limit: the largest number of entries.

    Raises:
        RedrawError: `after` is no fence.
        UnreadableDocument: the release cannot be read.
    """
    page = models.history(after, limit)
    unreadable = page.unreadable
    try:
        newer = _find_newer(models, page.records, after)
    except NewerDocument as error:
        newer, unreadable = None, [*unreadable, note_unreadable(error.path, error.problem)]
    periods = []
    if after is None and newer is not None:
        periods.append(ReleasePeriod(**newer.model_dump()))
    until = None if newer is None else newer.at
    for change in page.records:
        periods.append(ReleasePeriod(**change.model_dump(), until=until))
        until = change.at
    return Page(periods, unreadable, page.next_after)


def _find_newer(
    models: ModelRegistry, changes: list[ReleaseChange], after: str | None
) -> ReleaseChange | None:
    """Return what ended the first of these entries: the one before, or an unknown release."""
    if after is not None:
        above = models.history(str(int(after) + 1), 1).records
        return above[0] if above else None
    release = models.release()
    if release is None or (changes and _is_of(changes[0], release)):
        return None
    return ReleaseChange(
        fence=release.fence if release.version_fence is None else release.version_fence,
        version=release.version,
        previous=release.previous,
        at=release.updated_at,
        by="",
        why=BEFORE_HISTORY,
    )


def _is_of(change: ReleaseChange, release: Release) -> bool:
    return change.version == release.version and release.stands_since(change.fence)
