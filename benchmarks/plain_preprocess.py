"""The plain recipe for the data set, to compare ours with.

Everything in memory, one drawing after another, compressed by zlib. The split and its order are
those of the contract, so both files must have the same drawings in the same places.
"""

from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from pipeline.categories import CATEGORIES


def crop(drawing: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Move one drawing, uint8 `(28, 28)`, so that the centre of its ink is at (14, 14)."""
    rows, columns = np.nonzero(drawing > 25)
    if not len(rows):
        return drawing
    return np.roll(drawing, (14 - int(rows.mean()), 14 - int(columns.mean())), axis=(0, 1))


def plain_preprocess(raw: Path, target: Path, rows_per_class: int, seed: int) -> None:
    """Write X and y of train, val and test, without the metadata of our file."""
    images, labels = [], []
    for label, name in enumerate(CATEGORIES):
        drawings = np.load(raw / f"{name}.npy")[:rows_per_class].reshape(-1, 28, 28)
        images.append(np.array([crop(drawing) for drawing in drawings]))
        labels.append(np.full(len(drawings), label, np.uint8))
    x = np.concatenate(images).astype(np.float32) / np.float32(255)
    y = np.concatenate(labels)
    with h5py.File(target, "w") as file:
        for name, rows in split([len(part) for part in labels], seed).items():
            file.create_dataset(f"X_{name}", data=x[rows], compression="gzip", compression_opts=4)
            file.create_dataset(f"y_{name}", data=y[rows])


def split(counts: list[int], seed: int) -> dict[str, NDArray[np.int64]]:
    """Return the rows of each split, stratified 80/10/10 and shuffled."""
    rng = np.random.default_rng(seed)
    starts = np.cumsum([0, *counts[:-1]])
    classes = [start + rng.permutation(count) for start, count in zip(starts, counts, strict=True)]
    tenths = [count // 10 for count in counts]
    shares = {
        "train": [rows[2 * tenth :] for rows, tenth in zip(classes, tenths, strict=True)],
        "val": [rows[:tenth] for rows, tenth in zip(classes, tenths, strict=True)],
        "test": [rows[tenth : 2 * tenth] for rows, tenth in zip(classes, tenths, strict=True)],
    }
    return {name: rng.permutation(np.concatenate(share)) for name, share in shares.items()}
