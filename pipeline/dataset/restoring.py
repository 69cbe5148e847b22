"""Store again what Storage has lost of the data set, if the local file holds it."""

from collections.abc import Sequence
from pathlib import Path

from pipeline.dataset.additions import dump_additions
from pipeline.dataset.base_copy import write_base
from pipeline.dataset.hdf5 import describe
from pipeline.dataset.log import Log, describe_stored
from pipeline.dataset.verification import read_additions
from pipeline.dataset.verified import StoredRevision
from pipeline.errors import DatasetDamaged, InvalidDataset, ObjectExists
from pipeline.files import follow_link, private_folder
from pipeline.ports import ArtefactStore
from pipeline.progress import OnProgress
from pipeline.storage_paths import BASE_DATASET


def restore_objects(
    artefacts: ArtefactStore,
    log: Log,
    path: Path,
    digests: Sequence[str],
    on_progress: OnProgress,
) -> dict[int, StoredRevision]:
    """Store the base and the additions that are missing in Storage, and return them by revision.

    Nothing is stored whose digest is not the recorded one. So the local file may be damaged: what
    is intact of it is used.

    Args:
        artefacts: Storage.
        log: its listing.
        path: the local file.
        digests: of the revisions that it was verified to hold, 0 first.
        on_progress: called before each object.
    """
    restored = {}
    for number in log.find_gaps(len(digests) - 1):
        on_progress(f"storing revision {number} again, which Storage has lost")
        try:
            additions = read_additions(path, number, digests[number - 1])
        except DatasetDamaged:
            continue
        if additions.digest == digests[number]:
            name = log.path(number)
            # Another worker may have been quicker; the next call compares what it stored.
            try:
                restored[number] = describe_stored(
                    artefacts.create(name, dump_additions(additions))
                )
            except ObjectExists:
                continue
    if log.base is None and (base := _restore_base(artefacts, log, path, digests[0], on_progress)):
        restored[0] = base
    return restored


def _restore_base(
    artefacts: ArtefactStore, log: Log, path: Path, digest: str, on_progress: OnProgress
) -> StoredRevision | None:
    """Store revision 0 again; None if the local file does not hold it or another worker did so."""
    on_progress("storing the base again, which Storage has lost")
    with private_folder(follow_link(path).parent) as folder:
        copy = folder / path.name
        try:
            write_base(path, copy)
        except DatasetDamaged:
            return None
        if describe(copy).digest != digest:
            return None
        try:
            return describe_stored(
                artefacts.create_from_file(BASE_DATASET.fill(dataset=log.name), copy)
            )
        except ObjectExists:
            return None


def require_complete(log: Log, path: Path, last: int) -> None:
    """Raise InvalidDataset when Storage lacks the base or a revision up to `last`.

    Args:
        log: the listing of Storage.
        path: the local file, for the message.
        last: the newest revision that is known to exist.
    """
    missing = [log.path(number) for number in log.find_gaps(last)]
    if log.base is None:
        missing.insert(0, BASE_DATASET.fill(dataset=log.name))
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise InvalidDataset(
            f"Storage has lost {missing[0]}{more}, and {path} does not hold it: restore it from a "
            "backup, or run on a machine whose data folder holds it, which stores it again"
        )
