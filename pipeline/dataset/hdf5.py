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
from pipeline.errors import InvalidDataset
from pipeline.records.dataset import DatasetRevision, Split

CHUNK_ROWS = 128
READ_ROWS = 64 * CHUNK_ROWS
GZIP_LEVEL = 4
SPLITS = (Split.TRAIN, Split.VAL, Split.TEST)  # the splits that have base rows
NO_GUESS = 255  # stands in place of a label index


class Rows(NamedTuple):
    """Some rows of a split.

    images: uint8 `(n, 28, 28)`, 0 to 255. labels: uint8 `(n,)`, index into the file's
    categories.
    """

    images: Images
    labels: Labels


class Provenance(NamedTuple):
    """The origin of each appended row; nine arrays `(n,)`, in order of appending.

    ids: of the corrections.
    players: hashed.
    splits: the split that the row is in.
    revisions: the revision that appended the row.
    rows: position in the split's arrays.
    digests: sha256 of the image.
    guesses: label index of the model's guess, NO_GUESS if unknown.
    confidences: of that guess, 0 to 1, or NaN if unknown.
    versions: the version that guessed, "" if unknown.
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


TEXT_COLUMNS = ("ids", "players", "splits", "digests", "versions")
NUMBER_COLUMNS = {
    "revisions": np.int64,
    "rows": np.int64,
    "guesses": np.int64,
    "confidences": np.float64,
}


@contextmanager
def open_dataset(path: Path, mode: str = "r") -> Iterator[h5py.File]:
    """Open the data set, and close it when the block ends.

    Raises:
        InvalidDataset: the file is missing, or not an HDF5 file.
    """
    if not path.exists():
        raise InvalidDataset(f"there is no data set {path}: make it with `redraw baseline`")
    try:
        file = h5py.File(path, mode)
    except OSError as fault:
        raise InvalidDataset(
            f"{path} cannot be read as HDF5 ({fault}): delete it and run again, it is rebuilt"
        ) from fault
    with file:
        yield file


def describe(path: Path) -> DatasetRevision:
    """Return the record of the revision that the file holds.

    Raises:
        InvalidDataset: the file is missing, not a data set, or its parts do not fit together.
    """
    with open_dataset(path) as file:
        try:
            rows = {split: len(file[f"y_{split}"]) for split in Split}
            if any(len(file[f"X_{split}"]) != rows[split] for split in Split):
                raise InvalidDataset(
                    f"{path}: X and y differ in length: delete it and run again, it is rebuilt"
                )
            return DatasetRevision(
                revision=int(file.attrs["revision"]),
                parent=str(file.attrs["parent"]) or None,
                digest=str(file.attrs["digest"]),
                categories=json.loads(file.attrs["categories"]),
                seed=int(file.attrs["seed"]),
                rows=rows,
                corrections=len(file["corrections/ids"]) - rows[Split.CONTROL],
            )
        except (KeyError, ValueError) as fault:
            raise InvalidDataset(
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


def read_rows(path: Path, split: Split, start: int = 0, stop: int | None = None) -> Rows:
    """Read rows `start` to `stop` of a split, or to its end.

    The file holds float32 in [0, 1] that are exact multiples of 1/255, so the bytes come back
    exactly.
    """
    with open_dataset(path) as file:
        pixels, labels = file[f"X_{split}"], file[f"y_{split}"]
        stop = len(labels) if stop is None else min(stop, len(labels))
        images = np.empty((max(0, stop - start), SIDE, SIDE), np.uint8)
        # In blocks, because the float32 of a whole split need four times as much memory.
        for block in range(start, stop, READ_ROWS):
            end = min(block + READ_ROWS, stop)
            images[block - start : end - start] = np.rint(pixels[block:end] * np.float32(255))
        return Rows(images, labels[start:stop])


def read_labels(path: Path, split: Split, limit: int) -> Labels:
    """Read the labels of the first `limit` rows of a split; uint8 `(n,)`."""
    with open_dataset(path) as file:
        labels: Labels = file[f"y_{split}"][:limit]
        return labels


def read_base(path: Path, split: Split, limit: int | None = None) -> Rows:
    """Read the base rows of a split, or the first `limit` of them.

    The base rows are shuffled, so the first ones are a random sample.
    """
    count = read_base_counts(path)[split]
    return read_rows(path, split, 0, count if limit is None else min(limit, count))


def read_corrections(path: Path, split: Split) -> Rows:
    """Read the merged corrections of a split (of `control`: the confirmations), oldest first."""
    return read_rows(path, split, read_base_counts(path)[split])


def read_provenance(path: Path) -> Provenance:
    """Read the origin of each appended row."""
    with open_dataset(path) as file:
        group = file["corrections"]
        text = {name: group[name].asstr()[:] for name in TEXT_COLUMNS}
        return Provenance(**text, **{name: group[name][:] for name in NUMBER_COLUMNS})


def start_digest(seed: int, categories: Sequence[str]) -> "hashlib._Hash":
    """Start the digest of revision 0.

    The caller then adds, for train, val and test in turn, the bytes of the images (uint8) and of
    the labels.
    """
    return hashlib.sha256(json.dumps({"categories": categories, "seed": seed}).encode())
