"""Check that the data set has the classes of the settings: the local file, and what Storage holds.

Storage keeps the list of classes in a small object beside the base, so that a machine without a
local file learns of other classes before it fetches the base.
"""

import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from pipeline.categories import require_categories
from pipeline.dataset.hdf5 import describe
from pipeline.dataset.verification import compute_digests
from pipeline.errors import InvalidDataset, ObjectExists, ObjectMissing
from pipeline.ports import ArtefactStore
from pipeline.storage_paths import BASE_CATEGORIES, name_dataset

ADVICE = (
    "set REDRAW_CATEGORIES as it was when the data set was made, or start again with another "
    "REDRAW_DATA_DIR and another bucket"
)


def check_local_categories(path: Path, categories: Sequence[str]) -> None:
    """Raise OtherClasses if there is a local file, and it was made with other classes.

    A damaged file is passed over, as its list may be what is damaged: the code that uses the rows
    notices it, and fetches the file again.
    """
    if not path.exists():
        return
    try:
        found = describe(path).categories
        if found != list(categories):
            compute_digests(path)
    except InvalidDataset:
        return
    require_categories(f"the data set {path}", found, categories, ADVICE)


def check_stored_categories(artefacts: ArtefactStore, categories: Sequence[str]) -> None:
    """Raise OtherClasses if Storage holds a data set of as many other classes.

    An older version of Redraw stored no list of classes; then nothing is checked here.

    Raises:
        InvalidDataset: the object with the list is damaged.
    """
    name = name_dataset(len(categories))
    path = BASE_CATEGORIES.fill(dataset=name)
    try:
        stored = json.loads(artefacts.read(path))
    except ObjectMissing:
        return
    except ValueError:
        stored = None
    if not isinstance(stored, list) or not all(isinstance(word, str) for word in stored):
        raise InvalidDataset(
            f"{path} in Storage is damaged: delete the object, the next run stores it again"
        )
    require_categories(f"the data set {name} in Storage", stored, categories, ADVICE)


def store_categories(artefacts: ArtefactStore, categories: Sequence[str]) -> None:
    """Store the list of classes of a data set, if it is not there yet."""
    path = BASE_CATEGORIES.fill(dataset=name_dataset(len(categories)))
    with suppress(ObjectExists):
        artefacts.create(path, json.dumps(list(categories)).encode())
