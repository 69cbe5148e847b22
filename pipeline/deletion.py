"""Delete objects in Storage, and list again to prove that they are gone.

What may be deleted is decided by the caller. Deleting can be repeated after any fault.
"""

import hashlib
from collections.abc import Iterable
from pathlib import PurePosixPath

from pipeline.errors import ObjectMissing, RedrawError
from pipeline.ports import ArtefactStore
from pipeline.progress import OnProgress, silent
from pipeline.records.base import Record
from pipeline.records.storage import StoredObject


class DeletedObject(Record):
    """An object that was deleted: its path, size in bytes, and sha256 in hex if it was read."""

    path: str
    size: int
    sha256: str | None = None


def delete_objects(
    paths: Iterable[str],
    artefacts: ArtefactStore,
    *,
    digests: bool = False,
    on_progress: OnProgress = silent,
) -> list[DeletedObject]:
    """Delete objects one after the other, list their folders again, and return what went.

    What is not there any more, as an earlier attempt deleted it, is left out. A path of which an
    object comes back meanwhile is an error: something else still writes there.

    Args:
        paths: of the objects; the order in which they are deleted.
        artefacts: Storage.
        digests: whether to read each object before, for a receipt with its sha256.
        on_progress: called before each deletion.

    Raises:
        RedrawError: an object is there after it was deleted.
    """
    wanted = list(dict.fromkeys(paths))
    found = _list_folders(wanted, artefacts)
    deleted = []
    for done, path in enumerate(wanted):
        on_progress("deleting objects", done, len(wanted))
        if path not in found:
            continue
        sha256 = _read_digest(path, artefacts) if digests else None
        artefacts.delete(path)
        deleted.append(DeletedObject(path=path, size=found[path].size, sha256=sha256))
    left = _list_folders([each.path for each in deleted], artefacts).keys() & {
        each.path for each in deleted
    }
    if left:
        raise RedrawError(
            f"{min(left)} was deleted and is in Storage again, {len(left)} of {len(deleted)} "
            "objects: find out what else writes there, then repeat this"
        )
    return deleted


def _list_folders(paths: Iterable[str], artefacts: ArtefactStore) -> dict[str, StoredObject]:
    """Return what Storage holds in the folders of these paths, by path: a request a folder."""
    folders = sorted({str(PurePosixPath(path).parent) for path in paths})
    return {stored.path: stored for folder in folders for stored in artefacts.list(f"{folder}/")}


def _read_digest(path: str, artefacts: ArtefactStore) -> str | None:
    try:
        return hashlib.sha256(artefacts.read(path)).hexdigest()
    except ObjectMissing:
        return None  # gone since it was listed
