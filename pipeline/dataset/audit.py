"""Read the whole log of the data set in Storage, and compare it with the digests that it names."""

from collections.abc import Sequence
from pathlib import Path

from pipeline.dataset.classes import check_stored_categories
from pipeline.dataset.hdf5 import read_edition
from pipeline.dataset.log import Log, check_stored, describe_stored, list_log, read_revision
from pipeline.dataset.restoring import require_complete
from pipeline.dataset.verification import compute_digests
from pipeline.dataset.verified import read_record
from pipeline.errors import InvalidDataset
from pipeline.files import create_folder, follow_link, private_folder
from pipeline.ports import ArtefactStore
from pipeline.progress import OnProgress, silent
from pipeline.storage_paths import BASE_CATEGORIES, BASE_DATASET, BASE_DIGEST, name_dataset


def audit_log(
    artefacts: ArtefactStore,
    path: Path,
    digests: Sequence[str],
    on_progress: OnProgress = silent,
    *,
    categories: Sequence[str],
) -> None:
    """Read every revision in Storage, and the base too unless it is known to be sound.

    Args:
        artefacts: Storage.
        path: the local file; it need not exist.
        digests: of the revisions that it was verified to hold, 0 first; empty if there are none.
        on_progress: called before each object.
        categories: the classes that the data set must have.

    Raises:
        OtherClasses: the data set in Storage has others.
        InvalidDataset: an object is missing or damaged, or the local file is of another data set.
    """
    log = list_log(artefacts, name_dataset(len(categories)))
    if log.is_empty and not digests:
        return  # nothing was made yet
    if digests and read_edition(path) != log.edition:
        digests = ()  # a player was forgotten since: the next run replaces the file
    _require_held(log, path, digests)
    require_complete(log, path, log.last)
    check_stored_categories(artefacts, categories)
    base_digest = (
        artefacts.read(BASE_DIGEST.fill(dataset=log.name)).decode(errors="replace").strip()
    )
    if digests and digests[0] != base_digest:
        raise InvalidDataset(
            f"{path} is not a copy of the data set that this project keeps in Storage: "
            "move it away and run again"
        )
    check_stored(artefacts, log, list(digests), {})
    chain = list(digests) or [base_digest]
    for number in range(len(chain), log.last + 1):
        on_progress("reading the log in Storage", number, log.last)
        chain.append(read_revision(artefacts, log, number, chain[-1]).digest)
    _check_base(artefacts, log, path, base_digest, on_progress)


def _require_held(log: Log, path: Path, digests: Sequence[str]) -> None:
    """Raise InvalidDataset when Storage lacks what the local file can give back."""
    lost = [log.path(number) for number in log.find_gaps(len(digests) - 1)]
    if log.base is None and digests:
        lost.append(BASE_DATASET.fill(dataset=log.name))
    for kind, found in ((BASE_DIGEST, log.digest), (BASE_CATEGORIES, log.categories)):
        if found is None:
            lost.append(kind.fill(dataset=log.name))
    if lost:
        raise InvalidDataset(
            f"Storage has lost {', '.join(lost)}: the next run on a machine whose data folder "
            f"holds it, as {path} may, stores it again"
        )


def _check_base(
    artefacts: ArtefactStore, log: Log, path: Path, digest: str, on_progress: OnProgress
) -> None:
    """Fetch the base and compare it, unless this very object was compared before."""
    record = read_record(path)
    if record and log.base and record.stored.get(0) == describe_stored(log.base):
        return
    name = BASE_DATASET.fill(dataset=log.name)
    on_progress("fetching the base from Storage")
    create_folder(path.parent)
    with private_folder(follow_link(path).parent) as folder:
        artefacts.read_to_file(name, folder / path.name)
        try:
            sound = compute_digests(folder / path.name, on_progress) == [digest]
        except InvalidDataset:
            sound = False
    if not sound:
        raise InvalidDataset(
            f"{name} in Storage is damaged: restore the object from a backup, or "
            "delete it and run on a machine whose data folder holds the data set"
        )
