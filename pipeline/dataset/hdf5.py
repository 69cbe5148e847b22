"""The data set on disk, an HDF5 file: base rows (Quick, Draw!) first, merged corrections behind. Reads; never changes it."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np
from numpy.typing import NDArray

from pipeline.categories import CATEGORIES
from pipeline.drawings import SIDE, Images, Labels
from pipeline.errors import InvalidDataset
from pipeline.records.dataset import DatasetRevision, Split

CHUNK_ROWS = 128
READ_ROWS = 64 * CHUNK_ROWS
GZIP_LEVEL = 4
SPLITS = (Split.TRAIN, Split.VAL, Split.TEST)  # what base rows are shared out to
NO_GUESS = 255  # where a label index would stand


class Rows(NamedTuple):
    """Some rows of a split. images: uint8 `(n, 28, 28)`, values 0 to 255. labels: uint8 `(n,)`, index into categories."""

    images: Images
    labels: Labels


class Provenance(NamedTuple):
    """Where each appended row comes from; nine arrays of one length, in order of appending.

    ids: of the corrections. players: hashed. rows: position in the split's arrays. digests: sha256 of the image. guesses: label
    index of what the model guessed, NO_GUESS where that is not known. confidences: of that guess, 0 to 1, or nan.
    versions: which version guessed, "" where that is not known.
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
    """The file, open. Raises InvalidDataset when it is missing or no HDF5 file."""
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
    """Which revision the file holds. Raises InvalidDataset when its parts do not fit together."""
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
                f"{path} is no data set of ours ({fault}): delete it and run again"
            ) from fault


def base_rows(path: Path) -> dict[Split, int]:
    """How many rows of each split are Quick, Draw!'s; what follows them are corrections."""
    with open_dataset(path) as file:
        return {split: int(file[f"X_{split}"].attrs["base_rows"]) for split in Split}


def base_digest(path: Path) -> str:
    """The digest of revision 0, which every later revision of the file carries along."""
    with open_dataset(path) as file:
        return str(file.attrs["base_digest"])


def read_rows(path: Path, split: Split, start: int = 0, stop: int | None = None) -> Rows:
    """Rows `start` to `stop` of a split, as bytes: the file's float32 in [0, 1] are exact multiples of 1/255."""
    with open_dataset(path) as file:
        pixels, labels = file[f"X_{split}"], file[f"y_{split}"]
        stop = len(labels) if stop is None else min(stop, len(labels))
        images = np.empty((max(0, stop - start), SIDE, SIDE), np.uint8)
        for at in range(start, stop, READ_ROWS):
            end = min(at + READ_ROWS, stop)
            images[at - start : end - start] = np.rint(pixels[at:end] * np.float32(255))
        return Rows(images, labels[start:stop])


def read_labels(path: Path, split: Split, most: int) -> Labels:
    """The labels of the first `most` rows of a split."""
    with open_dataset(path) as file:
        labels: Labels = file[f"y_{split}"][:most]
        return labels


def read_base(path: Path, split: Split, most: int | None = None) -> Rows:
    """The Quick, Draw! rows of a split; the first `most` of them, a fair sample, since the file is shuffled."""
    held = base_rows(path)[split]
    return read_rows(path, split, 0, held if most is None else min(most, held))


def read_corrections(path: Path, split: Split) -> Rows:
    """The merged corrections of a split, or the confirmations, in order of merging."""
    return read_rows(path, split, base_rows(path)[split])


def read_provenance(path: Path) -> Provenance:
    """Where the appended rows come from."""
    with open_dataset(path) as file:
        group = file["corrections"]
        text = {name: group[name].asstr()[:] for name in TEXT_COLUMNS}
        return Provenance(**text, **{name: group[name][:] for name in NUMBER_COLUMNS})


def start_digest(seed: int, categories: tuple[str, ...] = CATEGORIES) -> "hashlib._Hash":
    """The start of revision 0's digest; image and label bytes of train, val and test follow, a split at a time."""
    return hashlib.sha256(json.dumps({"categories": categories, "seed": seed}).encode())
