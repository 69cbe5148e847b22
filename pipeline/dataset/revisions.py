"""Keep the revisions of the data set in Storage: one base, and the small additions of each run.

Storage is authoritative. Every local file is a copy that can be rebuilt from it. Before a file is
used, it is compared with what was written, and the log in Storage must be without gaps: a revision
that is built on a lost one could not be rebuilt on another machine.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from pipeline.categories import require_categories
from pipeline.dataset.additions import Additions, dump_additions, load_additions
from pipeline.dataset.classes import (
    ADVICE,
    check_local_categories,
    check_stored_categories,
    store_categories,
)
from pipeline.dataset.hdf5 import describe, describe_damage, open_dataset
from pipeline.dataset.local_file import check_local, discard_other_edition
from pipeline.dataset.log import (
    Log,
    check_stored,
    describe_stored,
    list_log,
    read_first_length,
    read_revision,
)
from pipeline.dataset.merge import merge_revisions
from pipeline.dataset.restoring import require_complete, restore_objects
from pipeline.dataset.verification import compute_digests, compute_later_digests
from pipeline.dataset.verified import StoredRevision, is_intact, read_record, write_record
from pipeline.errors import DatasetDamaged, InvalidDataset, ObjectExists
from pipeline.files import create_folder, private_folder, replace_atomically
from pipeline.log_paths import additions_path
from pipeline.ports import ArtefactStore
from pipeline.progress import OnProgress, silent
from pipeline.records.dataset import DatasetRevision
from pipeline.storage_paths import BASE_DATASET, BASE_DIGEST, name_dataset

MERGED_TOGETHER = 100
"""Revisions that are appended before the file is replaced.

The file is copied each time, and with 70,000 drawings a class it has 880 MB: a copy for each of a
thousand revisions would take an hour. What is lost by a kill is appended again.
"""


def store_base(artefacts: ArtefactStore, path: Path, on_progress: OnProgress = silent) -> None:
    """Store revision 0 in Storage, if it is not there yet.

    The small digest is created first. An object can be created only once, so of two processes one
    reserves the place, and a killed process can continue: the digest says that the place is its
    own.

    Raises:
        OtherClasses: Storage holds the base of as many other classes.
        DatasetDamaged: the file is not what was written.
        InvalidDataset: Storage holds another base.
    """
    record = read_record(path)
    if record is not None and is_intact(path, record):
        digests, stored = record.digests, record.stored
    else:
        digests, stored = compute_digests(path, on_progress), {}
    categories = describe(path).categories
    name = name_dataset(len(categories))
    digest_path = BASE_DIGEST.fill(dataset=name)
    try:
        artefacts.create(digest_path, digests[0].encode(), "text/plain")
    except ObjectExists:
        if artefacts.read(digest_path).decode() != digests[0]:
            check_stored_categories(artefacts, categories)
            raise InvalidDataset(
                f"Storage holds another base than {path}: "
                "use another bucket, or the drawings and seed of the first"
            ) from None
    # What exists is of this very base, as the digest has shown.
    store_categories(artefacts, categories)
    with suppress(ObjectExists):
        base = artefacts.create_from_file(BASE_DATASET.fill(dataset=name), path)
        stored = {**stored, 0: describe_stored(base)}
    write_record(path, digests, stored)


def store_additions(
    artefacts: ArtefactStore, additions: Additions, *, categories: Sequence[str], edition: int = 0
) -> bool:
    """Store additions as the next revision of the data set of these classes.

    They are stored in the edition that the local file is of. If a player was forgotten since, that
    is not the one that counts any more: what is stored there changes nothing.

    Returns:
        Whether they were stored; False if a revision with this number exists already.
    """
    try:
        artefacts.create(
            additions_path(name_dataset(len(categories)), edition, additions.revision),
            dump_additions(additions),
        )
    except ObjectExists:
        return False
    return True


def bring_up_to_date(
    artefacts: ArtefactStore,
    path: Path,
    on_progress: OnProgress = silent,
    *,
    categories: Sequence[str],
) -> DatasetRevision:
    """Update the local file to the newest revision in Storage.

    The file is compared with what was written: by its bytes, or, if they have changed, row by row.
    If it is missing or damaged, the base is fetched. What Storage has lost is stored again, if the
    file holds it. Then the revisions are appended that the file lacks. It is safe to repeat this,
    and to kill it. A worker on a new machine gets its data set in this way too.

    A damaged file is not kept: it is replaced once the base is here, and only if Storage has every
    revision that it held.

    Args:
        artefacts: Storage.
        path: the local file.
        on_progress: called before each revision is appended, and while rows are compared.
        categories: the classes that the data set must have.

    Returns:
        The record of the revision that the file now holds.

    Raises:
        OtherClasses: the local file, or the data set in Storage, has other classes.
        InvalidDataset: Storage holds no data set, or one of its objects is missing or damaged and
            the local file does not hold it, or the local file is no copy of what Storage holds.
        DatasetDamaged: the file does not read back as it was written.
    """
    log = list_log(artefacts, name_dataset(len(categories)))
    check_local_categories(path, categories)
    if log.is_empty:
        raise InvalidDataset(_explain_empty(path))
    for stored_before in log.stale:  # a stalled worker may have written it, so it is looked for
        artefacts.delete(stored_before.path)
    base_digest = _find_base_digest(artefacts, log, path, on_progress)
    is_other = discard_other_edition(path, log.edition)
    local = None if is_other else check_local(path, base_digest, on_progress)
    stored, digests, last = dict[int, StoredRevision](), list[str](), log.last
    if local is not None:
        digests, last = local.digests, max(last, local.last)
    else:
        last = max(last, read_first_length(artefacts, log))
    if local is not None and digests:
        stored = check_stored(artefacts, log, digests, local.stored)
        restored = restore_objects(artefacts, log, path, digests, on_progress)
        if restored:
            stored |= restored
            log = list_log(artefacts, log.name)
    require_complete(log, path, last)
    if local is None or not local.intact:
        check_stored_categories(artefacts, categories)
        digests = [
            _fetch_base(artefacts, path, base_digest, categories, on_progress, edition=log.edition)
        ]
    held = _append(artefacts, log, path, digests, stored, on_progress=on_progress)
    # The chain of revisions has shown by now that this is the base, so its digest and its classes
    # are stored again if they are lost.
    if log.digest is None:
        with suppress(ObjectExists):
            artefacts.create(BASE_DIGEST.fill(dataset=log.name), digests[0].encode(), "text/plain")
    if log.categories is None:
        store_categories(artefacts, held.categories)
    return held


def _explain_empty(path: Path) -> str:
    """Return what to do if Storage holds nothing of a data set."""
    if not path.exists():
        return "Storage holds no data set yet: make one with `redraw baseline`"
    return (
        f"Storage holds nothing of the data set {path}: set REDRAW_BUCKET to the bucket it belongs "
        "to, or start anew with `redraw baseline` and another REDRAW_DATA_DIR"
    )


def _find_base_digest(
    artefacts: ArtefactStore, log: Log, path: Path, on_progress: OnProgress
) -> str | None:
    """Return the digest of revision 0 as the log names it; None if nothing in Storage names it.

    If the object with the digest is lost, the first revision names it as its parent, and the base
    itself has it.
    """
    if log.digest is not None:
        return artefacts.read(BASE_DIGEST.fill(dataset=log.name)).decode(errors="replace").strip()
    if 1 in log.revisions:
        name = log.path(1)
        return load_additions(artefacts.read(name), f"the additions {name}").parent
    if log.base is None:
        return None
    create_folder(path.parent)
    with private_folder(path.parent) as folder:
        artefacts.read_to_file(BASE_DATASET.fill(dataset=log.name), folder / path.name)
        return compute_digests(folder / path.name, on_progress)[0]


def _fetch_base(
    artefacts: ArtefactStore,
    path: Path,
    base_digest: str | None,
    categories: Sequence[str],
    on_progress: OnProgress,
    *,
    edition: int,
) -> str:
    """Put revision 0 in the place of the local file, after a comparison; return its digest.

    Raises:
        OtherClasses: it has other classes, and Storage has lost the list of them.
        InvalidDataset: the base in Storage is damaged.
    """
    on_progress("fetching the data set from Storage")
    dataset = name_dataset(len(categories))
    name = BASE_DATASET.fill(dataset=dataset)
    with replace_atomically(path) as part:
        artefacts.read_to_file(name, part)
        try:
            (digest,) = compute_digests(part, on_progress)
        except (DatasetDamaged, ValueError):
            digest = ""
        if digest != (base_digest or digest) or not digest:
            raise InvalidDataset(
                f"{name} in Storage is damaged: restore the object from a backup, "
                "or delete it and run on a machine whose data folder holds the data set"
            )
        found = describe(part).categories
        require_categories(f"the data set {dataset} in Storage", found, categories, ADVICE)
        if edition:
            with open_dataset(part, "r+") as file:
                file.attrs["edition"] = edition
    return digest


def _append(
    artefacts: ArtefactStore,
    log: Log,
    path: Path,
    digests: list[str],
    stored: dict[int, StoredRevision],
    *,
    on_progress: OnProgress,
) -> DatasetRevision:
    """Append the revisions that the file lacks, read them back, and record what was compared.

    Args:
        artefacts: Storage.
        log: its listing.
        path: the local file.
        digests: of the revisions that it holds, 0 first.
        stored: the objects that are known to have these digests.
        on_progress: called before each revision.
    """
    first = len(digests)
    digests, stored = list(digests), dict(stored)

    def read_group(numbers: Iterable[int]) -> Iterator[Additions]:
        for number in numbers:
            on_progress("appending to the data set", number - first, log.last + 1 - first)
            additions = read_revision(artefacts, log, number, digests[-1])
            yield additions
            digests.append(additions.digest)
            stored[number] = describe_stored(log.revisions[number])

    for start in range(first, log.last + 1, MERGED_TOGETHER):
        merge_revisions(path, read_group(range(start, min(start + MERGED_TOGETHER, log.last + 1))))
    if compute_later_digests(path, digests[:first]) != digests[first:]:
        raise DatasetDamaged(describe_damage(path, "it does not read back as it was written"))
    record = read_record(path)
    if record is None or (record.digests, record.stored) != (digests, stored):
        write_record(path, digests, stored, log.edition)
    return describe(path)
