"""Delete old backups of a place, and the contents that no other backup there needs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from pipeline.backup.layout import DIGEST, POOL, UNFINISHED, is_stale, manifest_path
from pipeline.backup.manifests import list_ids, read_manifest
from pipeline.backup.parts import read_objects
from pipeline.ports import ArtefactStore
from pipeline.records.backups import Part


@dataclass(frozen=True)
class Pruned:
    """What was deleted: ids of backups, and how many bytes.

    busy: another backup is under way, so contents were left; a later call deletes them.
    """

    backups: tuple[str, ...] = ()
    freed: int = 0
    busy: bool = False


def prune(target: ArtefactStore, keep: int) -> Pruned:
    """Delete all backups but the newest ones, and what only they needed.

    A backup under way relies on contents that it has found: while there is one, none is deleted.

    Args:
        target: the place.
        keep: how many backups are kept, at least 1.

    Raises:
        DamagedBackup: the list of a backup that is kept cannot be read; nothing is deleted then.
    """
    ids = list_ids(target)
    needed = set(_list_needed(target, ids[:keep]))
    for backup_id in ids[keep:]:
        target.delete(manifest_path(backup_id))
    now = datetime.now(UTC)
    if any(not is_stale(each.path, now) for each in target.list(UNFINISHED)):
        return Pruned(tuple(ids[keep:]), busy=True)
    freed = 0
    for stored in target.list(POOL):
        name = stored.path.rpartition("/")[2]
        if DIGEST.fullmatch(name) and bytes.fromhex(name) not in needed:
            target.delete(stored.path)
            freed += stored.size
    return Pruned(tuple(ids[keep:]), freed)


def _list_needed(target: ArtefactStore, ids: list[str]) -> Iterator[bytes]:
    """Yield the digests of all contents that these backups name."""
    for backup_id in ids:
        manifest = read_manifest(backup_id, target)
        yield from _list_contents(target, manifest.documents, manifest.objects)


def _list_contents(
    target: ArtefactStore, documents: list[Part], objects: list[Part]
) -> Iterator[bytes]:
    for part in (*documents, *objects):
        yield bytes.fromhex(part.sha256)
    for kept in read_objects(target, objects):
        yield bytes.fromhex(kept.sha256)
