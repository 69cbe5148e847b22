"""Additions to the data set: choosing them from a harvest, their form in Storage, and appending them to the HDF5 file."""

import hashlib
import io
import shutil
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np
from numpy.typing import NDArray

from pipeline.dataset.hdf5 import describe
from pipeline.drawings import Images, Labels, image_digest, scale_pixels
from pipeline.errors import DatasetMoved, InvalidDataset
from pipeline.files import DeferredErrorFile, replace_atomically
from pipeline.npz import stored_arrays
from pipeline.records.dataset import DatasetRevision, Split

TAKEN = (
    "images",
    "labels",
    "ids",
    "players",
    "guesses",
    "confidences",
    "versions",
)  # as the harvest has them


class Additions(NamedTuple):
    """What one revision adds to its parent; all arrays of one length, in order of merging.

    images: uint8 `(n, 28, 28)`. labels: uint8 `(n,)`. ids, players (hashed) and splits: str `(n,)`. guesses, confidences and
    versions: `(n,)`, of the guess that was corrected or confirmed, as in `dataset.Provenance`.
    """

    run_id: str
    revision: int
    parent: str
    images: Images
    labels: Labels
    ids: NDArray[np.str_]
    players: NDArray[np.str_]
    splits: NDArray[np.str_]
    guesses: Labels
    confidences: NDArray[np.float32]
    versions: NDArray[np.str_]

    @property
    def digest(self) -> str:
        """The digest of the new revision: of its parent's digest and all that is added, whichever run adds it."""
        state = hashlib.sha256(f"{self.parent} {self.revision}".encode())
        for part in (self.images, self.labels, self.guesses, self.confidences):
            state.update(np.ascontiguousarray(part).tobytes())
        for names in (self.ids, self.players, self.splits, self.versions):
            state.update("\n".join(names.tolist()).encode())
        return state.hexdigest()


def dump_additions(additions: Additions) -> bytes:
    """As stored: an .npz file, the same bytes for the same additions."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **additions._asdict())
    return buffer.getvalue()


def load_additions(data: bytes) -> Additions:
    """What `dump_additions` wrote. Raises InvalidDataset when the bytes are anything else."""
    fields = stored_arrays(
        data, Additions._fields, "restore the newest object under datasets/ from a backup"
    )
    for name, kind in (("run_id", str), ("revision", int), ("parent", str)):
        fields[name] = kind(fields[name])
    return Additions(**fields)


def merge(path: Path, additions: Additions) -> DatasetRevision:
    """Appends `additions` to the data set: a copy is extended, synced to disk and put in the file's place.

    Killed at any moment, the file is either the old revision or the new one. Raises InvalidDataset when the file is not the
    revision that the additions were made for, DatasetMoved when it stopped being that meanwhile.
    """
    with replace_atomically(path) as part:
        shutil.copyfile(path, part)
        held = describe(part)
        if (held.revision + 1, held.digest) != (additions.revision, additions.parent):
            raise InvalidDataset(
                f"revision {additions.revision} follows {additions.parent[:12]}, but {path} is revision {held.revision} "
                f"{held.digest[:12]}: move the file away and run again, it is rebuilt from Storage"
            )
        with DeferredErrorFile(part, "r+") as disk:
            with h5py.File(disk, "r+") as file:
                _append(file, additions)
            disk.check()
        # A process that slept through its replacement must not put an older revision over a newer one.
        if describe(path).digest != additions.parent:
            raise DatasetMoved(f"{path} was changed by another process: the run is tried again")
    return describe(path)


def _append(file: h5py.File, additions: Additions) -> None:
    rows = np.empty(len(additions.ids), np.int64)
    for split in Split:
        chosen = additions.splits == split
        rows[chosen] = _extend(file[f"y_{split}"], additions.labels[chosen])
        _extend(file[f"X_{split}"], scale_pixels(additions.images[chosen]))
    group = file["corrections"]
    for name in ("ids", "players", "splits", "versions"):
        _extend(group[name], getattr(additions, name).astype(object))
    for name in ("guesses", "confidences"):
        _extend(group[name], getattr(additions, name))
    _extend(group["revisions"], np.full(len(rows), additions.revision))
    _extend(group["rows"], rows)
    _extend(
        group["digests"],
        np.array([image_digest(image) for image in additions.images], dtype=object),
    )
    file.attrs.update(revision=additions.revision, parent=additions.parent, digest=additions.digest)


def _extend(column: h5py.Dataset, values: np.ndarray) -> np.ndarray:
    """Appends along the first axis; returns the positions of what was appended."""
    start = len(column)
    column.resize(start + len(values), axis=0)
    column[start:] = values
    return np.arange(start, start + len(values))
