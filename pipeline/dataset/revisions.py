"""The revisions of the data set in Storage, a base and small additions: the truth of which every local file is a copy."""

from contextlib import suppress
from pathlib import Path

from pipeline.dataset.hdf5 import base_digest, describe
from pipeline.dataset.merge import Additions, dump_additions, load_additions, merge
from pipeline.errors import InvalidDataset, ObjectExists, ObjectMissing
from pipeline.ports import ArtefactStore
from pipeline.progress import OnProgress, silent
from pipeline.records.dataset import DatasetRevision
from pipeline.settings import DATASET_NAME

FOLDER = f"datasets/{DATASET_NAME}"
BASE = f"{FOLDER}/{DATASET_NAME}.h5"


def additions_path(revision: int) -> str:
    """Where the additions of a revision lie in Storage."""
    return f"{FOLDER}/revisions/{revision:06d}.npz"


def store_base(artefacts: ArtefactStore, path: Path) -> None:
    """Puts revision 0 into Storage, once. Raises InvalidDataset when another base is there already."""
    held = describe(path)
    digest_path = f"{FOLDER}/base.sha256"
    try:
        artefacts.create(digest_path, held.digest.encode(), "text/plain")
    except ObjectExists:
        if artefacts.read(digest_path).decode() != held.digest:
            raise InvalidDataset(
                f"{FOLDER} in Storage holds another base than {path}: use another bucket, or the drawings and seed of the first"
            ) from None
    with suppress(ObjectExists):  # the digest beside it says that it is ours
        artefacts.create_from_file(BASE, path)


def store_additions(artefacts: ArtefactStore, additions: Additions) -> bool:
    """Makes `additions` the next revision. False when there is one under that number already, by whomever."""
    try:
        artefacts.create(additions_path(additions.revision), dump_additions(additions))
    except ObjectExists:
        return False
    return True


def bring_up_to_date(
    artefacts: ArtefactStore, path: Path, on_progress: OnProgress = silent
) -> DatasetRevision:
    """Makes the local file hold the newest stored revision: fetches the base when it is missing, then appends what it lacks.

    Safe to repeat and to kill; also what gives a worker on a new machine its data set. Raises InvalidDataset when the local
    file does not descend from the stored base.
    """
    if not path.exists():
        on_progress("fetching the data set from Storage")
        try:
            artefacts.read_to_file(BASE, path)
        except ObjectMissing:
            raise InvalidDataset(
                "Storage holds no data set yet: make one with `redraw baseline`"
            ) from None
    held = describe(path)
    if artefacts.read(f"{FOLDER}/base.sha256").decode() != base_digest(path):
        raise InvalidDataset(
            f"{path} is not a copy of what this project keeps in Storage: move it away and run again"
        )
    missing = [
        found.path
        for found in artefacts.list(f"{FOLDER}/revisions/")
        if found.path > additions_path(held.revision)
    ]
    for done, name in enumerate(missing):
        on_progress("appending to the data set", done, len(missing))
        held = merge(path, load_additions(artefacts.read(name), f"the additions {name}"))
    return held
