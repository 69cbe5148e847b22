"""Go back to the version that was released before the present one, as the history tells it."""

from collections.abc import Iterable

from pipeline.errors import NotFound, ReleaseMoved, UnreadableDocument
from pipeline.ports import ModelRegistry, Ports
from pipeline.records.releases import ReleaseChange
from pipeline.records.versions import Release, VersionStatus
from pipeline.versions.documents import parse_numbers
from pipeline.versions.promotion import promote_version
from pipeline.versions.released import explain_no_release

MOST_CHANGES = 500
"""The newest entries of the history by which a rollback is decided."""


def roll_back(
    ports: Ports, *, by: str, why: str | None = None, replacing: int | None = None
) -> Release:
    """Release the version that was released before the present one.

    Versions that were withdrawn or are gone are passed over. A version that was left by going back
    is not gone back to, so a second rollback goes further back. The same call with the same
    `replacing` goes back once.

    Args:
        ports: the project.
        by: who rolls back, see `ReleaseChange`.
        why: the reason, in a line.
        replacing: the fence of the release that the caller saw; None: the one that is released now.

    Raises:
        NotFound: nothing is released, or no ready version was released before.
        UnreadableDocument: the release cannot be read.
        VersionNotReady: a file of the version before is missing or damaged.
        ReleaseMoved: another version was released since `replacing`.
    """
    models = ports.models
    current = models.release()
    if current is None:
        raise NotFound(explain_no_release(models))
    changes = models.history(limit=MOST_CHANGES).records[::-1]
    if replacing is not None and not current.stands_since(replacing):
        if _went_back(changes, current, replacing, models):
            return current
        raise ReleaseMoved(
            f"{current.version} is released by now: look at the release, then roll back again"
        )
    target = find_target(current, changes, models)
    if target is None:
        raise NotFound(
            f"no ready version was released before {current.version}: release another one with "
            "`redraw promote VERSION`; `redraw models` lists them"
        )
    return promote_version(
        target,
        ports,
        by=by,
        why=why or f"rolled back from {current.version}",
        replacing=current.fence if replacing is None else replacing,
    )


def find_target(
    current: Release, changes: Iterable[ReleaseChange], models: ModelRegistry
) -> str | None:
    """Return the version that a rollback would release; None if there is none.

    Args:
        current: the release.
        changes: the history, the oldest entry first; of a long one the newest entries.
        models: the registry.
    """
    return _find_ready(find_earlier(changes, current.version, current.previous), models)


def find_earlier(
    changes: Iterable[ReleaseChange], version: str, previous: str | None = None
) -> list[str]:
    """Return the versions that were released before one, the latest first.

    To release a version again that was released before is to go back to it: what was released in
    between does not count any more.

    Args:
        changes: the history, the oldest entry first.
        version: the one that is released now.
        previous: the one that the release names as released before, where the history does not
            know the present one: a project may be older than its history.
    """
    released: list[str] = []
    for change in changes:
        if not released and _is_forward(change):
            released.append(str(change.previous))
        if change.version in released:
            del released[released.index(change.version) + 1 :]
        else:
            released.append(change.version)
    if version in released:
        return released[: released.index(version)][::-1]
    if previous is not None and previous not in released:
        released.append(previous)
    return released[::-1]


def _is_forward(change: ReleaseChange) -> bool:
    """Return whether a release replaced one with a lower number.

    Of the first entry that is known, nothing else tells whether it went forward or back.
    """
    before, after = parse_numbers([change.previous]), parse_numbers([change.version])
    return bool(before) and before < after


def _find_ready(earlier: Iterable[str], models: ModelRegistry) -> str | None:
    """Return the first of these versions that is ready; None if none is."""
    for version in earlier:
        try:
            if models.get(version).status is VersionStatus.READY:
                return version
        except (NotFound, UnreadableDocument):
            continue
    return None


def _went_back(
    changes: list[ReleaseChange], current: Release, replacing: int, models: ModelRegistry
) -> bool:
    """Return whether the present release is what a rollback of the one seen has led to."""
    before = [change for change in changes if change.fence <= replacing]
    after = changes[len(before) :]
    if not before or len(after) != 1 or after[0].version != current.version:
        return False
    seen = before[-1]
    return _find_ready(find_earlier(before, seen.version), models) == current.version
