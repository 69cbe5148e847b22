"""Append additions to the data set, an HDF5 file."""

import shutil
from collections.abc import Iterable
from pathlib import Path

import h5py
import numpy as np

from pipeline.dataset.additions import Additions
from pipeline.dataset.hdf5 import describe, missing_dataset
from pipeline.dataset.rules import note_rule
from pipeline.drawings import image_digest, scale_pixels
from pipeline.errors import DatasetMoved, InvalidDataset
from pipeline.files import DeferredErrorFile, replace_atomically
from pipeline.records.dataset import DatasetRevision, Split

BLOCK_ROWS = 8192
"""Drawings that are in memory as float32 at once: 26 MB."""


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
    note_rule(group, additions.revision, additions.rule)
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
