"""Keep the revisions of the data set in Storage: one base, and the small additions of each run.

Storage is authoritative. Every local file is a copy that can be rebuilt from it.
"""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from pipeline.dataset.hdf5 import describe, read_base_digest
from pipeline.dataset.merge import Additions, dump_additions, load_additions, merge_revisions
from pipeline.errors import InvalidDataset, ObjectExists, ObjectMissing
from pipeline.ports import ArtefactStore
from pipeline.progress import OnProgress, silent
from pipeline.records.dataset import DatasetRevision
from pipeline.storage_paths import ADDITIONS, ADDITIONS_FOLDER, BASE_DATASET, BASE_DIGEST

MERGED_TOGETHER = 100
"""Revisions that are appended before the file is replaced.

The file is copied each time, and with 70,000 drawings a class it has 880 MB: a copy for each of a
thousand revisions would take an hour. What is lost by a kill is appended again.
"""


def store_base(artefacts: ArtefactStore, path: Path) -> None:
    """Store revision 0 in Storage, if it is not there yet.

    The small digest is created first. An object can be created only once, so of two processes one
    reserves the place, and a killed process can continue: the digest says that the place is its
    own.

    Raises:
        InvalidDataset: Storage holds another base.
    """
    held = describe(path)
    digest_path = BASE_DIGEST.fill()
    try:
        artefacts.create(digest_path, held.digest.encode(), "text/plain")
    except ObjectExists:
        if artefacts.read(digest_path).decode() != held.digest:
            raise InvalidDataset(
                f"Storage holds another base than {path}: "
                "use another bucket, or the drawings and seed of the first"
            ) from None
    with suppress(ObjectExists):  # it is this very base, as the digest has shown
        artefacts.create_from_file(BASE_DATASET.fill(), path)


def store_additions(artefacts: ArtefactStore, additions: Additions) -> bool:
    """Store additions as the next revision.

    Returns:
        Whether they were stored; False if a revision with this number exists already.
    """
    try:
        artefacts.create(ADDITIONS.fill(revision=additions.revision), dump_additions(additions))
    except ObjectExists:
        return False
    return True


def bring_up_to_date(
    artefacts: ArtefactStore, path: Path, on_progress: OnProgress = silent
) -> DatasetRevision:
    """Update the local file to the newest revision in Storage.

    Fetch the base if the file is missing, then append the revisions that it lacks. It is safe to
    repeat this, and to kill it. A worker on a new machine gets its data set in this way too.

    Args:
        artefacts: Storage.
        path: the local file.
        on_progress: called before each revision is appended.

    Returns:
        The record of the revision that the file now holds.

    Raises:
        InvalidDataset: Storage holds no data set, or one of its objects is damaged, or the local
            file is damaged or not a copy of what Storage holds.
    """
    if not path.exists():
        on_progress("fetching the data set from Storage")
        try:
            artefacts.read_to_file(BASE_DATASET.fill(), path)
        except ObjectMissing:
            raise InvalidDataset(
                "Storage holds no data set yet: make one with `redraw baseline`"
            ) from None
    held = describe(path)
    if artefacts.read(BASE_DIGEST.fill()).decode() != read_base_digest(path):
        raise InvalidDataset(
            f"{path} is not a copy of the data set that this project keeps in Storage: "
            "move it away and run again"
        )
    missing = [
        stored.path
        for stored in artefacts.list(ADDITIONS_FOLDER)
        if stored.path > ADDITIONS.fill(revision=held.revision)
    ]
    for start in range(0, len(missing), MERGED_TOGETHER):
        held = merge_revisions(
            path, _read_additions(artefacts, missing, start, on_progress=on_progress)
        )
    return held


def _read_additions(
    artefacts: ArtefactStore, missing: list[str], start: int, *, on_progress: OnProgress
) -> Iterator[Additions]:
    """Yield the additions that are merged together, from the number `start` on, one at a time."""
    for number, name in enumerate(missing[start : start + MERGED_TOGETHER], start):
        on_progress("appending to the data set", number, len(missing))
        yield load_additions(artefacts.read(name), f"the additions {name}")
