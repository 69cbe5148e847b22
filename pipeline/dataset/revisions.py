"""Keep the revisions of the data set in Storage: one base, and the small additions of each run.

Storage is authoritative. Every local file is a copy that can be rebuilt from it.
"""

import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from pipeline.categories import require_categories
from pipeline.dataset.hdf5 import describe, read_base_digest
from pipeline.dataset.merge import Additions, dump_additions, load_additions, merge
from pipeline.errors import InvalidDataset, ObjectExists, ObjectMissing
from pipeline.ports import ArtefactStore
from pipeline.progress import OnProgress, silent
from pipeline.records.dataset import DatasetRevision
from pipeline.storage_paths import (
    ADDITIONS,
    BASE_CATEGORIES,
    BASE_DATASET,
    BASE_DIGEST,
    additions_folder,
    name_dataset,
)

ADVICE = (
    "set REDRAW_CATEGORIES as it was when the data set was made, or start again with another "
    "REDRAW_DATA_DIR and another bucket"
)


def store_base(artefacts: ArtefactStore, path: Path) -> None:
    """Store revision 0 in Storage, if it is not there yet.

    The small digest is created first. An object can be created only once, so of two processes one
    reserves the place, and a killed process can continue: the digest says that the place is its
    own.

    Raises:
        OtherClasses: Storage holds the base of as many other classes.
        InvalidDataset: Storage holds another base.
    """
    held = describe(path)
    name = name_dataset(len(held.categories))
    digest_path = BASE_DIGEST.fill(dataset=name)
    try:
        artefacts.create(digest_path, held.digest.encode(), "text/plain")
    except ObjectExists:
        if artefacts.read(digest_path).decode() != held.digest:
            check_stored_categories(artefacts, held.categories)
            raise InvalidDataset(
                f"Storage holds another base than {path}: "
                "use another bucket, or the drawings and seed of the first"
            ) from None
    # What exists is of this very base, as the digest has shown.
    with suppress(ObjectExists):
        artefacts.create(BASE_CATEGORIES.fill(dataset=name), json.dumps(held.categories).encode())
    with suppress(ObjectExists):
        artefacts.create_from_file(BASE_DATASET.fill(dataset=name), path)


def check_stored_categories(artefacts: ArtefactStore, categories: Sequence[str]) -> None:
    """Raise OtherClasses if Storage holds a data set of as many other classes.

    An older version of Redraw stored no list of classes; then nothing is checked here.
    """
    name = name_dataset(len(categories))
    with suppress(ObjectMissing):
        stored = json.loads(artefacts.read(BASE_CATEGORIES.fill(dataset=name)))
        require_categories(f"the data set {name} in Storage", stored, categories, ADVICE)


def store_additions(
    artefacts: ArtefactStore, additions: Additions, *, categories: Sequence[str]
) -> bool:
    """Store additions as the next revision of the data set of these classes.

    Returns:
        Whether they were stored; False if a revision with this number exists already.
    """
    try:
        artefacts.create(
            ADDITIONS.fill(dataset=name_dataset(len(categories)), revision=additions.revision),
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

    Fetch the base if the file is missing, then append the revisions that it lacks. It is safe to
    repeat this, and to kill it. A worker on a new machine gets its data set in this way too.

    Args:
        artefacts: Storage.
        path: the local file.
        on_progress: called before each revision is appended.
        categories: the classes that the data set must have.

    Returns:
        The record of the revision that the file now holds.

    Raises:
        OtherClasses: the local file, or the data set in Storage, has other classes.
        InvalidDataset: Storage holds no data set, or one of its objects is damaged, or the local
            file is damaged or not a copy of what Storage holds.
    """
    name = name_dataset(len(categories))
    if not path.exists():
        check_stored_categories(artefacts, categories)
        on_progress("fetching the data set from Storage")
        try:
            artefacts.read_to_file(BASE_DATASET.fill(dataset=name), path)
        except ObjectMissing:
            raise InvalidDataset(
                "Storage holds no data set yet: make one with `redraw baseline`"
            ) from None
    held = describe(path)
    require_categories(f"the data set {path}", held.categories, categories, ADVICE)
    if artefacts.read(BASE_DIGEST.fill(dataset=name)).decode() != read_base_digest(path):
        raise InvalidDataset(
            f"{path} is not a copy of the data set that this project keeps in Storage: "
            "move it away and run again"
        )
    missing = [
        stored.path
        for stored in artefacts.list(additions_folder(name))
        if stored.path > ADDITIONS.fill(dataset=name, revision=held.revision)
    ]
    for done, name in enumerate(missing):
        on_progress("appending to the data set", done, len(missing))
        held = merge(path, load_additions(artefacts.read(name), f"the additions {name}"))
    return held
