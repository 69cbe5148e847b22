"""Read the data set, an HDF5 file: base rows (Quick, Draw!) first, merged corrections after them.

Nothing here changes the file.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np
from numpy.typing import NDArray

from pipeline.drawings import SIDE, Images, Labels
from pipeline.errors import (
    DatasetDamaged,
    DatasetMissing,
    DatasetMoved,
    InvalidDataset,
    RedrawError,
)
from pipeline.files import follow_link
from pipeline.records.dataset import DatasetRevision, Split
from pipeline.records.forms import refuse_newer

CHUNK_ROWS = 128
READ_ROWS = 64 * CHUNK_ROWS
GZIP_LEVEL = 4
SPLITS = (Split.TRAIN, Split.VAL, Split.TEST)  # the splits that have base rows


class Rows(NamedTuple):
    """Some rows of a split.

    images: uint8 `(n, 28, 28)`, 0 to 255. labels: uint8 `(n,)`, index into the file's
    categories.
    """

    images: Images
    labels: Labels


class Provenance(NamedTuple):
    """The origin of each appended row; eleven arrays `(n,)`, in order of appending.

    ids: of the corrections.
    players: hashed.
    splits: the split that the row is in.
    revisions: the revision that appended the row.
    rows: position in the split's arrays.
    digests: sha256 of the image.
    guesses: label index of the model's guess, NO_GUESS if unknown.
    confidences: of that guess, 0 to 1, or NaN if unknown.
    versions: the version that guessed, "" if unknown.
    asked: why the game asked the player (`records.corrections.ASKED_CODES`), 255 if not said.
    chances: the probability with which it asked, above 0 to 1, or NaN if unknown.
    """

    ids: NDArray[np.object_]
    players: NDArray[np.object_]
    splits: NDArray[np.object_]
    revisions: NDArray[np.int64]
    rows: NDArray[np.int64]
    digests: NDArray[np.object_]
    guesses: NDArray[np.int64]
    confidences: NDArray[np.float64]
    versions: NDArray[np.object_]
    asked: NDArray[np.int64]
    chances: NDArray[np.float64]


FORMAT = 1
"""The form of the file. Its attribute `format` says a later one; without it, it has the first."""
TEXT_COLUMNS = ("ids", "players", "splits", "digests", "versions")
NUMBER_COLUMNS = {
    "revisions": np.int64,
    "rows": np.int64,
    "guesses": np.int64,
    "confidences": np.float64,
    "asked": np.int64,
    "chances": np.float64,
}


@contextmanager
def open_dataset(path: Path, mode: str = "r") -> Iterator[h5py.File]:
    """Open the data set, and close it when the block ends.

    Raises:
        DatasetMissing: there is no such file.
        InvalidDataset: it may not be read.
        DatasetDamaged: it is not an HDF5 file, or the block could not read a part of it.
        DatasetMoved: another program is writing to it.
        NewerDocument: a newer Redraw wrote it.
    """
    if not follow_link(path).exists():
        raise missing_dataset(path)
    try:
        with h5py.File(path, mode) as file:
            refuse_newer(str(path), int(file.attrs.get("format", FORMAT)), FORMAT)
            yield file
    except RedrawError:
        raise
    except FileNotFoundError as fault:
        raise missing_dataset(path) from fault
    except BlockingIOError as fault:  # HDF5 could not lock it
        raise DatasetMoved(f"another program is writing to {path}: run again later") from fault
    except PermissionError as fault:
        raise InvalidDataset(f"{path} may not be read: give its owner's rights to this user") from (
            fault
        )
    except Exception as fault:
        # For damaged bytes h5py raises a dozen types of error, whichever part it stumbles over.
        raise DatasetDamaged(describe_damage(path, str(fault))) from fault


def describe_damage(path: Path, what: str) -> str:
    """Return the message about a damaged data set; `what` says how it showed."""
    line = " ".join(what.split())
    return f"the data set {path} is damaged ({line}): delete it and run again, it is rebuilt"


def missing_dataset(path: Path) -> DatasetMissing:
    """Return the error that there is no data set at this path."""
    return DatasetMissing(
        f"there is no data set {path}: `redraw baseline` makes the first, and a run fetches it"
    )


def describe(path: Path) -> DatasetRevision:
    """Return the record of the revision that the file holds.

    Raises:
        InvalidDataset: the file is missing, not a data set, or its parts do not fit together.
    """
    with open_dataset(path) as file:
        try:
            rows = {split: len(file[f"y_{split}"]) for split in Split}
            if any(len(file[f"X_{split}"]) != rows[split] for split in Split):
                raise DatasetDamaged(describe_damage(path, "X and y differ in length"))
            appended, confirmed = len(file["corrections/ids"]), int(file.attrs["confirmations"])
            return DatasetRevision(
                revision=int(file.attrs["revision"]),
                parent=str(file.attrs["parent"]) or None,
                digest=str(file.attrs["digest"]),
                categories=json.loads(file.attrs["categories"]),
                seed=int(file.attrs["seed"]),
                rows=rows,
                corrections=appended - confirmed,
                confirmations=confirmed,
                edition=int(file.attrs.get("edition", 0)),
            )
        except (KeyError, ValueError) as fault:
            raise DatasetDamaged(
                f"{path} is not a data set of Redraw ({fault}): delete it and run again"
            ) from fault


def read_base_counts(path: Path) -> dict[Split, int]:
    """Return how many rows of each split are base rows; those after them are corrections."""
    with open_dataset(path) as file:
        return {split: int(file[f"X_{split}"].attrs["base_rows"]) for split in Split}


def read_base_digest(path: Path) -> str:
    """Return the digest of revision 0, which the files of all later revisions hold too."""
    with open_dataset(path) as file:
        return str(file.attrs["base_digest"])


def read_edition(path: Path) -> int:
    """Return of which edition of the log the file is; 0 is the first one."""
    with open_dataset(path) as file:
        return int(file.attrs.get("edition", 0))


def read_rows(
    path: Path, split: Split, start: int = 0, stop: int | None = None, *, spare: int = 0
) -> Rows:
    """Read rows `start` to `stop` of a split, or to its end.

    The file holds float32 in [0, 1] that are exact multiples of 1/255, so the bytes come back
    exactly.

    Args:
        path: the data set.
        split: the split.
        start: the first row.
        stop: the row before which to stop; None means the end.
        spare: how many rows to leave behind those that are read, for the caller to fill. To append
            to a whole split afterwards would need its memory twice.
    """
    with open_dataset(path) as file:
        pixels, labels = file[f"X_{split}"], file[f"y_{split}"]
        stop = len(labels) if stop is None else min(stop, len(labels))
        count = max(0, stop - start)
        images = np.empty((count + spare, SIDE, SIDE), np.uint8)
        # In blocks, because the float32 of a whole split need four times as much memory.
        for block in range(start, stop, READ_ROWS):
            end = min(block + READ_ROWS, stop)
            images[block - start : end - start] = np.rint(pixels[block:end] * np.float32(255))
        if not spare:
            return Rows(images, labels[start:stop])
        return Rows(images, np.concatenate([labels[start:stop], np.zeros(spare, np.uint8)]))


def read_labels(path: Path, split: Split, limit: int) -> Labels:
    """Read the labels of the first `limit` rows of a split; uint8 `(n,)`."""
    with open_dataset(path) as file:
        labels: Labels = file[f"y_{split}"][:limit]
        return labels


def read_correction_labels(path: Path, split: Split) -> Labels:
    """Read the labels of the appended rows of a split, oldest first; uint8 `(n,)`."""
    with open_dataset(path) as file:
        labels: Labels = file[f"y_{split}"][int(file[f"X_{split}"].attrs["base_rows"]) :]
        return labels


def read_base(path: Path, split: Split, limit: int | None = None, *, spare: int = 0) -> Rows:
    """Read the base rows of a split, or the first `limit` of them, and leave `spare` rows behind.

    The base rows are shuffled, so the first ones are a random sample.
    """
    count = read_base_counts(path)[split]
    return read_rows(path, split, 0, count if limit is None else min(limit, count), spare=spare)


def read_corrections(path: Path, split: Split) -> Rows:
    """Read the merged corrections of a split, with the confirmations, oldest first."""
    return read_rows(path, split, read_base_counts(path)[split])


def start_digest(seed: int, categories: Sequence[str]) -> "hashlib._Hash":
    """Start the digest of revision 0.

    The caller then adds, for train, val and test in turn, the bytes of the images (uint8) and of
    the labels.
    """
    return hashlib.sha256(json.dumps({"categories": categories, "seed": seed}).encode())
