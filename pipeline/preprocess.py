"""Raw .npy files to revision 0 of the data set: cropped, split 80/10/10 within each class, shuffled, written as HDF5."""

import json
from collections.abc import Iterator
from pathlib import Path
from tokenize import TokenError

import h5py
import numpy as np

from pipeline.categories import CATEGORIES
from pipeline.dataset import (
    CHUNK_ROWS,
    GZIP_LEVEL,
    NUMBER_COLUMNS,
    READ_ROWS,
    SPLITS,
    TEXT_COLUMNS,
    Labels,
    Rows,
    describe,
    fresh_digest,
    scaled,
)
from pipeline.drawings import SIDE, Images, centroid_crop
from pipeline.errors import InvalidRawDrawings
from pipeline.files import whole_file
from pipeline.progress import OnProgress, silent
from pipeline.records import DatasetRevision, Split

CROP_ROWS = 8192
FEWEST_ROWS = 10  # fewer would leave a split without the class


def preprocess(
    raw: Path, target: Path, *, samples_per_class: int, seed: int, on_progress: OnProgress = silent
) -> DatasetRevision:
    """Writes revision 0 of the data set to `target`, which appears only when it is whole.

    Args:
        raw: folder with `<category>.npy`, uint8 `(N, 784)`, one file a class.
        target: the HDF5 file to write; replaced when it exists.
        samples_per_class: rows of each file to use, from its beginning; a shorter file gives what it has.
        seed: of the split and the order.
        on_progress: told about each class and each block of rows.

    Returns:
        The revision's record; the same input and seed give the same digest.

    Raises:
        InvalidRawDrawings: a file is missing, cut short, or not uint8 `(N, 784)`.
    """
    paths = [raw / f"{name}.npy" for name in CATEGORIES]
    for path in paths:
        _open_raw(path)  # all twenty, before minutes of work
    classes = []
    for label, path in enumerate(paths):
        on_progress(f"cropping {CATEGORIES[label]}", label, len(paths))
        classes.append(_read_class(path, samples_per_class))
    with whole_file(target) as part:
        _write(part, dict(_split(classes, seed)), seed, on_progress)
    return describe(target)


def _open_raw(path: Path) -> Images:
    try:
        # Not np.load, which would open an .npz too, and parse headers of Python 2.
        rows: Images = np.lib.format.open_memmap(path, mode="r")
    except FileNotFoundError:
        raise InvalidRawDrawings(f"{path} is missing: each of the {len(CATEGORIES)} classes needs its .npy file") from None
    except (OSError, ValueError, EOFError, OverflowError, TokenError) as fault:
        raise InvalidRawDrawings(f"{path} is no whole .npy file ({fault}): fetch it again") from None
    if rows.dtype != np.uint8 or rows.ndim != 2 or rows.shape[1] != SIDE * SIDE:  # noqa: PLR2004
        raise InvalidRawDrawings(f"{path} is {rows.dtype} {rows.shape}, not uint8 (N, 784): fetch it again")
    if len(rows) < FEWEST_ROWS:
        raise InvalidRawDrawings(f"{path} has {len(rows)} rows; at least {FEWEST_ROWS} are needed")
    return rows


def _read_class(path: Path, limit: int) -> Images:
    rows = _open_raw(path)[:limit]
    cropped = np.empty((len(rows), SIDE, SIDE), np.uint8)
    for at in range(0, len(rows), CROP_ROWS):
        cropped[at : at + CROP_ROWS] = centroid_crop(rows[at : at + CROP_ROWS].reshape(-1, SIDE, SIDE))
    return cropped


def _split(classes: list[Images], seed: int) -> Iterator[tuple[Split, Rows]]:
    """The three splits, stratified: a tenth of each class to val, a tenth to test, the rest to train; then shuffled."""
    rng = np.random.default_rng(seed)
    orders = [rng.permutation(len(rows)) for rows in classes]
    for split in SPLITS:
        parts = [rows[_share(order, split)] for rows, order in zip(classes, orders, strict=True)]
        labels: Labels = np.repeat(np.arange(len(parts), dtype=np.uint8), [len(part) for part in parts])
        order = rng.permutation(len(labels))
        yield split, Rows(np.concatenate(parts)[order], labels[order])


def _share(order: np.ndarray, split: Split) -> np.ndarray:
    tenth = len(order) // 10
    return {Split.VAL: order[:tenth], Split.TEST: order[tenth : 2 * tenth], Split.TRAIN: order[2 * tenth :]}[split]


def _write(path: Path, splits: dict[Split, Rows], seed: int, on_progress: OnProgress) -> None:
    digest = fresh_digest(seed)
    total, done = sum(len(rows.labels) for rows in splits.values()), 0
    with h5py.File(path, "w") as file:
        for split, rows in splits.items():
            pixels = file.create_dataset(
                f"X_{split}",
                shape=rows.images.shape,
                maxshape=(None, SIDE, SIDE),
                chunks=(CHUNK_ROWS, SIDE, SIDE),
                dtype=np.float32,
                compression="gzip",
                compression_opts=GZIP_LEVEL,
            )
            for at in range(0, len(rows.labels), READ_ROWS):
                block = rows.images[at : at + READ_ROWS]
                pixels[at : at + len(block)] = scaled(block)
                digest.update(block.tobytes())
                done += len(block)
                on_progress(f"writing {split}", done, total)
            pixels.attrs["base_rows"] = len(rows.labels)
            file.create_dataset(f"y_{split}", data=rows.labels, maxshape=(None,), chunks=(READ_ROWS,))
            digest.update(rows.labels.tobytes())
        group = file.create_group("corrections")
        for name in TEXT_COLUMNS:
            group.create_dataset(name, shape=(0,), maxshape=(None,), chunks=(1024,), dtype=h5py.string_dtype())
        for name in NUMBER_COLUMNS:
            group.create_dataset(name, shape=(0,), maxshape=(None,), chunks=(1024,), dtype=np.int64)
        file.attrs.update(
            categories=json.dumps(CATEGORIES),
            seed=seed,
            revision=0,
            parent="",
            digest=digest.hexdigest(),
            base_digest=digest.hexdigest(),
        )
