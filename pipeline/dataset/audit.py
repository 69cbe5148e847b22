"""Read the whole log of the data set in Storage, and compare it with the digests that it names."""

from collections.abc import Sequence
from pathlib import Path

from pipeline.dataset.log import Log, check_stored, describe_stored, list_log, read_revision
from pipeline.dataset.restoring import require_complete
from pipeline.dataset.verification import compute_digests
from pipeline.dataset.verified import read_record
from pipeline.errors import InvalidDataset
from pipeline.files import create_folder, follow_link, private_folder
from pipeline.ports import ArtefactStore
from pipeline.progress import OnProgress, silent
from pipeline.storage_paths import ADDITIONS, BASE_DATASET, BASE_DIGEST


def audit_log(
    artefacts: ArtefactStore, path: Path, digests: Sequence[str], on_progress: OnProgress = silent
) -> None:
    """Read every revision in Storage, and the base too unless it is known to be sound.

    Args:
        artefacts: Storage.
        path: the local file; it need not exist.
        digests: of the revisions that it was verified to hold, 0 first; empty if there are none.
        on_progress: called before each object.

    Raises:
        InvalidDataset: an object is missing or damaged, or the local file is of another data set.
    """
    log = list_log(artefacts)
    if log.is_empty and not digests:
        return  # nothing was made yet
    _require_held(log, path, digests)
    require_complete(log, path, log.last)
    base_digest = artefacts.read(BASE_DIGEST.fill()).decode(errors="replace").strip()
    if digests and digests[0] != base_digest:
        raise InvalidDataset(
            f"{path} is not a copy of the data set that this project keeps in Storage: "
            "move it away and run again"
        )
    check_stored(artefacts, log, list(digests), {})
    chain = list(digests) or [base_digest]
    for number in range(len(chain), log.last + 1):
        on_progress("reading the log in Storage", number, log.last)
        chain.append(read_revision(artefacts, number, chain[-1]).digest)
    _check_base(artefacts, log, path, base_digest, on_progress)


def _require_held(log: Log, path: Path, digests: Sequence[str]) -> None:
    """Raise InvalidDataset when Storage lacks what the local file can give back."""
    lost = [ADDITIONS.fill(revision=number) for number in log.find_gaps(len(digests) - 1)]
    lost += [kind.fill() for kind in (BASE_DATASET,) if log.base is None and digests]
    lost += [kind.fill() for kind in (BASE_DIGEST,) if log.digest is None]
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
    on_progress("fetching the base from Storage")
    create_folder(path.parent)
    with private_folder(follow_link(path).parent) as folder:
        artefacts.read_to_file(BASE_DATASET.fill(), folder / path.name)
        try:
            sound = compute_digests(folder / path.name, on_progress) == [digest]
        except InvalidDataset:
            sound = False
    if not sound:
        raise InvalidDataset(
            f"{BASE_DATASET.fill()} in Storage is damaged: restore the object from a backup, or "
            "delete it and run on a machine whose data folder holds the data set"
        )
