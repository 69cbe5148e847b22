"""Raw .npy files to revision 0 of the data set: split 80/10/10 within each class, shuffled, cropped, written as HDF5.

On all cores, and a portion of the rows at a time: memory does not grow with the number of drawings.
"""

import json
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import h5py
import numpy as np
from isal import isal_zlib

from pipeline.categories import CATEGORIES
from pipeline.dataset.hdf5 import (
    CHUNK_ROWS,
    GZIP_LEVEL,
    NUMBER_COLUMNS,
    READ_ROWS,
    TEXT_COLUMNS,
    describe,
    start_digest,
)
from pipeline.dataset.raw_drawings import RowOrder, open_raw, read_cropped, split_rows
from pipeline.drawings import SIDE, Images, Labels, scale_pixels
from pipeline.files import DeferredErrorFile, replace_atomically
from pipeline.progress import OnProgress, silent
from pipeline.records.dataset import DatasetRevision, Split

BLOCK_ROWS = 16 * CHUNK_ROWS  # compressed by one call, as calls between threads cost time too
PORTION_ROWS = 128 * BLOCK_ROWS  # in memory at once: 206 MB
MOST_THREADS = 8  # more would wait for the one that writes
# Against zlib's level 4 seven times faster and 7 % larger; level 1 is no faster and 12 % larger, level 3 is slower.
ISAL_LEVEL = 2


def preprocess(
    raw: Path,
    target: Path,
    *,
    samples_per_class: int,
    seed: int,
    threads: int = min(os.cpu_count() or 1, MOST_THREADS),
    on_progress: OnProgress = silent,
) -> DatasetRevision:
    """Writes revision 0 of the data set to `target`, which appears only when it is whole.

    Args:
        raw: folder with `<category>.npy`, uint8 `(N, 784)`, one file a class.
        target: the HDF5 file to write; replaced when it exists.
        samples_per_class: rows of each file to use, from its beginning; a shorter file gives what it has.
        seed: of the split and the order.
        threads: that crop and compress; what is written does not depend on it.
        on_progress: told about each block of rows.

    Returns:
        The revision's record; the same input and seed give the same digest.

    Raises:
        InvalidRawDrawings: a file is missing, cut short, or not uint8 `(N, 784)`.
        OSError: the disk is full.
    """
    paths = [raw / f"{name}.npy" for name in CATEGORIES]
    orders = split_rows([min(len(open_raw(path)), samples_per_class) for path in paths], seed)
    with (
        replace_atomically(target) as part,
        DeferredErrorFile(part, "w+") as disk,
        ThreadPoolExecutor(threads) as pool,
    ):
        _write(disk, paths, orders, seed, pool=pool, on_progress=on_progress)
        disk.check()
    return describe(target)


def _write(
    disk: DeferredErrorFile,
    paths: Sequence[Path],
    orders: Mapping[Split, RowOrder],
    seed: int,
    *,
    pool: Executor,
    on_progress: OnProgress,
) -> None:
    digest = start_digest(seed)
    total, done = sum(len(order.labels) for order in orders.values()), 0
    memory = np.empty((PORTION_ROWS, SIDE, SIDE), np.uint8)
    with h5py.File(disk, "w") as file:
        for split, order in orders.items():
            pixels = _create_pixels(file, split, len(order.labels))
            written = 0
            for start in range(0, len(order.labels), PORTION_ROWS):
                portion = order.part(start, start + PORTION_ROWS)
                images = memory[: len(portion.labels)]
                read_cropped(images, paths, portion, pool)
                disk.check()  # at the earliest after a portion: a few seconds
                blocks = [images[at : at + BLOCK_ROWS] for at in range(0, len(images), BLOCK_ROWS)]
                compressed = pool.map(_compressed, blocks)
                digest.update(images.data)
                # HDF5 lets one thread write, and that is enough: a chunk that comes compressed is only copied.
                for block, chunks in zip(blocks, compressed, strict=True):
                    for chunk in chunks:
                        pixels.id.write_direct_chunk((written, 0, 0), chunk)
                        written += CHUNK_ROWS
                    done += len(block)
                    on_progress(f"writing {split}", done, total)
            _create_labels(file, split, order.labels)
            digest.update(order.labels.data)
        _create_pixels(file, Split.CONTROL, 0)
        _create_labels(file, Split.CONTROL, np.empty(0, np.uint8))
        _create_corrections(file)
        file.attrs.update(
            categories=json.dumps(CATEGORIES),
            seed=seed,
            revision=0,
            parent="",
            digest=digest.hexdigest(),
            base_digest=digest.hexdigest(),
        )


def _compressed(images: Images) -> list[bytes]:
    """Drawings in chunks, each as HDF5's gzip filter stores it: a zlib stream; what is missing in the last is black."""
    missing = -len(images) % CHUNK_ROWS
    if missing:
        images = np.concatenate([images, np.zeros((missing, SIDE, SIDE), np.uint8)])
    return [
        isal_zlib.compress(scale_pixels(images[at : at + CHUNK_ROWS]), ISAL_LEVEL)
        for at in range(0, len(images), CHUNK_ROWS)
    ]


def _create_pixels(file: h5py.File, split: Split, rows: int) -> h5py.Dataset:
    pixels = file.create_dataset(
        f"X_{split}",
        shape=(rows, SIDE, SIDE),
        maxshape=(None, SIDE, SIDE),
        chunks=(CHUNK_ROWS, SIDE, SIDE),
        dtype=np.float32,
        compression="gzip",
        compression_opts=GZIP_LEVEL,
    )
    pixels.attrs["base_rows"] = rows
    return pixels


def _create_labels(file: h5py.File, split: Split, labels: Labels) -> None:
    file.create_dataset(f"y_{split}", data=labels, maxshape=(None,), chunks=(READ_ROWS,))


def _create_corrections(file: h5py.File) -> None:
    group = file.create_group("corrections")
    for name in TEXT_COLUMNS:
        group.create_dataset(
            name, shape=(0,), maxshape=(None,), chunks=(1024,), dtype=h5py.string_dtype()
        )
    for name, kind in NUMBER_COLUMNS.items():
        group.create_dataset(name, shape=(0,), maxshape=(None,), chunks=(1024,), dtype=kind)
