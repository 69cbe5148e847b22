"""Build the data set as it was at one revision, from Storage alone, in an empty folder."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from pipeline.dataset.additions import Additions
from pipeline.dataset.log import Log, list_log, read_revision
from pipeline.dataset.merge import merge_revisions
from pipeline.dataset.verification import compute_digests
from pipeline.errors import InvalidDataset, NotRebuildable
from pipeline.ports import ArtefactStore
from pipeline.progress import OnProgress, silent
from pipeline.records.lineage import DatasetOrigin
from pipeline.storage_paths import BASE_DATASET


def build_past(
    artefacts: ArtefactStore,
    wanted: DatasetOrigin,
    path: Path,
    base: Path,
    on_progress: OnProgress = silent,
) -> None:
    """Write the data set at a past revision to `path`, compared with its digests.

    Args:
        artefacts: Storage.
        wanted: the revision, and its digests.
        path: the file to write; there is none yet.
        base: where revision 0 is kept for later calls; it is fetched if it is not there.
        on_progress: called before each revision, and while rows are compared.

    Raises:
        NotRebuildable: the base or a revision is missing, damaged, or not what it was.
    """
    log = list_log(artefacts, wanted.name)
    _require_objects(log, wanted)
    if not base.exists():
        on_progress("fetching the base from Storage")
        artefacts.read_to_file(BASE_DATASET.fill(dataset=wanted.name), base)
    shutil.copyfile(base, path)

    def read_all() -> Iterator[Additions]:
        digest = wanted.base_digest
        for number in range(1, wanted.revision + 1):
            on_progress("appending to the data set", number - 1, wanted.revision)
            additions = read_revision(artefacts, log, number, digest)
            yield additions
            digest = additions.digest

    try:
        if compute_digests(path, on_progress)[-1] != wanted.base_digest:
            name = BASE_DATASET.fill(dataset=wanted.name)
            raise NotRebuildable(f"{name} in Storage is not the base that it was made from")
        if wanted.revision:
            merge_revisions(path, read_all())
        digest = compute_digests(path, on_progress)[-1]
    except InvalidDataset as fault:
        raise NotRebuildable(f"the data set cannot be built again: {fault}") from fault
    if digest != wanted.digest:
        what = (
            "the drawings of a player were forgotten since, and cannot come back"
            if log.edition
            else f"an object under datasets/{wanted.name} was replaced: restore it from a backup"
        )
        raise NotRebuildable(
            f"revision {wanted.revision} of the data set has the digest {digest[:16]} now, and had"
            f" {wanted.digest[:16]}: {what}"
        )


def _require_objects(log: Log, wanted: DatasetOrigin) -> None:
    missing = [log.path(number) for number in log.find_gaps(wanted.revision)]
    if log.base is None:
        missing.insert(0, BASE_DATASET.fill(dataset=wanted.name))
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise NotRebuildable(f"{missing[0]}{more} is missing in Storage: restore it from a backup")
