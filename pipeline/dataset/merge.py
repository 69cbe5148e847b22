"""Additions to the data set: store and load them, and append them to the HDF5 file."""

import hashlib
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np
from numpy.typing import NDArray

from pipeline.dataset.hdf5 import describe, missing_dataset
from pipeline.drawings import Images, Labels, image_digest, scale_pixels
from pipeline.errors import DatasetMoved, InvalidDataset
from pipeline.files import DeferredErrorFile, replace_atomically
from pipeline.npz import dump_arrays, load_arrays
from pipeline.records.dataset import DatasetRevision, Split

BLOCK_ROWS = 8192
"""Drawings that are in memory as float32 at once: 26 MB."""


class Additions(NamedTuple):
    """What one revision adds to its parent; all arrays of one length, in order of merging.

    run_id: the run that adds them. revision: the number of the new revision. parent: the digest of
    the revision before.
    images: uint8 `(n, 28, 28)`. labels: uint8 `(n,)`. ids, players (hashed) and splits: str
    `(n,)`. guesses, confidences and versions: `(n,)`, of the guess that was corrected or
    confirmed, and asked and chances, as in `hdf5.Provenance`.
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
    asked: NDArray[np.uint8]
    chances: NDArray[np.float32]

    @property
    def digest(self) -> str:
        """The digest of the new revision: sha256 of its parent's digest and all that is added.

        The run is not part of it: two runs that add the same make the same revision.
        """
        state = hashlib.sha256(f"{self.parent} {self.revision}".encode())
        for part in (
            self.images, self.labels, self.guesses, self.confidences, self.asked, self.chances,
        ):  # fmt: skip
            state.update(np.ascontiguousarray(part).tobytes())
        for names in (self.ids, self.players, self.splits, self.versions):
            state.update("\n".join(names.tolist()).encode())
        return state.hexdigest()


def dump_additions(additions: Additions) -> bytes:
    """Return the additions as an .npz file; the same additions give the same bytes."""
    return dump_arrays(additions._asdict())


def load_additions(data: bytes, what: str = "the additions of a revision") -> Additions:
    """Read what `dump_additions` wrote.

    Args:
        data: the content of the object.
        what: which additions they are, for the error message.

    Raises:
        InvalidDataset: the bytes are not an .npz file with these fields.
    """
    fields = load_arrays(
        data, Additions._fields, what, "restore the object in Storage from a backup"
    )
    for name, kind in (("run_id", str), ("revision", int), ("parent", str)):
        fields[name] = kind(fields[name])
    return Additions(**fields)


def merge(path: Path, additions: Additions) -> DatasetRevision:
    """Append the additions of one revision to the data set; see `merge_revisions`."""
    return merge_revisions(path, [additions])


def merge_revisions(path: Path, revisions: Iterable[Additions]) -> DatasetRevision:
    """Append the additions of consecutive revisions to the data set.

    HDF5 files are not safe against a crash in the middle of a write. So a copy is extended, synced
    to disk, and renamed to `path`. A process killed at any moment leaves the old revision or the
    last of the new ones. There is one copy for all revisions, as the file can be large, and one
    revision is in memory at a time.

    Args:
        path: the data set; must hold the revision before the first of these.
        revisions: what to append, in order.

    Returns:
        The record of the last revision.

    Raises:
        InvalidDataset: the file does not hold the parent of the first revision, or a revision does
            not follow the one before it.
        DatasetMissing: there is no file, or no more.
        DatasetMoved: another process changed the file meanwhile.
        OSError: the disk is full.
    """
    with replace_atomically(path) as part:
        try:
            shutil.copyfile(path, part)
        except FileNotFoundError as fault:
            raise missing_dataset(path) from fault
        held = describe(part)
        revision, digest = held.revision, held.digest
        with DeferredErrorFile(part, "r+") as disk:
            with h5py.File(disk, "r+") as file:
                for additions in revisions:
                    if (revision + 1, digest) != (additions.revision, additions.parent):
                        raise InvalidDataset(
                            f"revision {additions.revision} follows {additions.parent[:12]}, but "
                            f"{path} is revision {revision} {digest[:12]}: "
                            "move the file away and run again, it is rebuilt from Storage"
                        )
                    _append(file, additions)
                    revision, digest = additions.revision, additions.digest
            disk.check()
        # Another process may have replaced the file while this one was stopped or slow. An older
        # revision must not replace a newer one.
        if describe(path).digest != held.digest:
            raise DatasetMoved(f"{path} was changed by another process: the run is tried again")
    return describe(path)


def _append(file: h5py.File, additions: Additions) -> None:
    """Append the rows to their splits, their origin to `corrections`, and name the revision."""
    rows = np.empty(len(additions.ids), np.int64)
    for split in Split:
        chosen = additions.splits == split
        rows[chosen] = _extend(file[f"y_{split}"], additions.labels[chosen])
        images = additions.images[chosen]
        for start in range(0, len(images), BLOCK_ROWS):
            _extend(file[f"X_{split}"], scale_pixels(images[start : start + BLOCK_ROWS]))
    group = file["corrections"]
    for name in ("ids", "players", "splits", "versions"):
        _extend(group[name], getattr(additions, name).astype(object))
    for name in ("guesses", "confidences", "asked", "chances"):
        _extend(group[name], getattr(additions, name))
    _extend(group["revisions"], np.full(len(rows), additions.revision))
    _extend(group["rows"], rows)
    _extend(
        group["digests"],
        np.array([image_digest(image) for image in additions.images], dtype=object),
    )
    file.attrs.update(
        revision=additions.revision,
        parent=additions.parent,
        digest=additions.digest,
        confirmations=int(file.attrs["confirmations"])
        + int((additions.labels == additions.guesses).sum()),
    )


def _extend(column: h5py.Dataset, values: np.ndarray) -> np.ndarray:
    """Append values along the first axis, and return the positions of the new rows."""
    start = len(column)
    column.resize(start + len(values), axis=0)
    column[start:] = values
    return np.arange(start, start + len(values))
