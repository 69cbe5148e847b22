"""Build revision 0 of the data set, an HDF5 file, from raw .npy files.

The rows are split 80/10/10 within each class, shuffled, and cropped. All cores take part. Only one
portion of the rows is in memory at a time, so memory does not grow with the number of drawings.
"""

import json
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import h5py
import numpy as np
from isal import isal_zlib

from pipeline.dataset.hdf5 import (
    CHUNK_ROWS,
    GZIP_LEVEL,
    NUMBER_COLUMNS,
    READ_ROWS,
    TEXT_COLUMNS,
    describe,
    start_digest,
)
from pipeline.dataset.raw_drawings import RowOrder, find_raw, open_raw, read_cropped, split_rows
from pipeline.drawings import SIDE, Images, Labels, scale_pixels
from pipeline.files import DeferredErrorFile, replace_atomically
from pipeline.progress import OnProgress, silent
from pipeline.records.dataset import DatasetRevision, Split

BLOCK_ROWS = 16 * CHUNK_ROWS  # compressed by one task, since handing over a task costs time too
PORTION_ROWS = 128 * BLOCK_ROWS  # in memory at once: 206 MB
MAX_THREADS = 8  # more would wait for the one thread that writes
# Compared with zlib at level 4, ISA-L at level 2 is seven times faster, and the file is 7 % larger.
# Level 1 is no faster and 12 % larger; level 3 is slower.
ISAL_LEVEL = 2


def preprocess(
    raw: Path,
    target: Path,
    *,
    categories: Sequence[str],
    samples_per_class: int,
    seed: int,
    threads: int = min(os.cpu_count() or 1, MAX_THREADS),
    on_progress: OnProgress = silent,
) -> DatasetRevision:
    """Write revision 0 of the data set to `target`, which appears only when it is complete.

    Args:
        raw: folder with `<category>.npy`, uint8 `(N, 784)`, one file for each class.
        target: the HDF5 file to write; replaced if it exists.
        categories: the names of the classes, by label.
        samples_per_class: how many rows of each file to use, from its beginning. All rows of a
            shorter file are used.
        seed: of the split and the order.
        threads: how many threads crop and compress. The file does not depend on it.
        on_progress: called after each block of rows.

    Returns:
        The record of the revision. The same input and seed give the same digest.

    Raises:
        InvalidRawDrawings: a file is missing, cut short, or not uint8 `(N, 784)`.
        OSError: the disk is full.
    """
    paths = {name: find_raw(raw, name) for name in categories}
    counts = [min(len(open_raw(path)), samples_per_class) for path in paths.values()]
    orders = split_rows(counts, seed)
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
    paths: Mapping[str, Path],
    orders: Mapping[Split, RowOrder],
    seed: int,
    *,
    pool: Executor,
    on_progress: OnProgress,
) -> None:
    """Write the splits, the empty provenance, and the attributes.

    Args:
        disk: the file to write; the caller checks it once more after this returns.
        paths: the raw file of each class, by its name, in order of label.
        orders: the raw drawings of each split, in their order.
        seed: for the attributes and the digest.
        pool: the threads that crop and compress.
        on_progress: called after each block of rows.
    """
    digest = start_digest(seed, tuple(paths))
    total, done = sum(len(order.labels) for order in orders.values()), 0
    memory = np.empty((PORTION_ROWS, SIDE, SIDE), np.uint8)
    with h5py.File(disk, "w") as file:
        for split, order in orders.items():
            pixels = create_pixels(file, split, len(order.labels))
            row = 0
            for start in range(0, len(order.labels), PORTION_ROWS):
                portion = order.part(start, start + PORTION_ROWS)
                images = memory[: len(portion.labels)]
                read_cropped(images, tuple(paths.values()), portion, pool)
                disk.check()  # so that a full disk is noticed within one portion, a few seconds
                blocks = [
                    images[first : first + BLOCK_ROWS]
                    for first in range(0, len(images), BLOCK_ROWS)
                ]
                compressed = pool.map(compress_chunks, blocks)
                digest.update(images.data)
                # HDF5 compresses in the one thread that writes. Here the pool compresses, and the
                # chunks go into the file as they are, past HDF5's filters. A reader sees no
                # difference: they are what its gzip filter expects. The only writes are then
                # copies, for which one thread is fast enough.
                for block, chunks in zip(blocks, compressed, strict=True):
                    for chunk in chunks:
                        pixels.id.write_direct_chunk((row, 0, 0), chunk)
                        row += CHUNK_ROWS
                    done += len(block)
                    on_progress(f"writing {split}", done, total)
            create_labels(file, split, order.labels)
            digest.update(order.labels.data)
        create_corrections(file)
        write_attributes(file, tuple(paths), seed, digest.hexdigest())


def compress_chunks(images: Images) -> list[bytes]:
    """Compress drawings to chunks as HDF5's gzip filter stores them: one zlib stream each.

    HDF5 stores whole chunks only, so the last one is filled up with black drawings.
    """
    missing = -len(images) % CHUNK_ROWS
    if missing:
        images = np.concatenate([images, np.zeros((missing, SIDE, SIDE), np.uint8)])
    return [
        isal_zlib.compress(scale_pixels(images[first : first + CHUNK_ROWS]), ISAL_LEVEL)
        for first in range(0, len(images), CHUNK_ROWS)
    ]


def create_pixels(file: h5py.File, split: Split, rows: int) -> h5py.Dataset:
    """Create the array of a split's images, float32 `(rows, 28, 28)`; it can grow."""
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


def create_labels(file: h5py.File, split: Split, labels: Labels) -> None:
    """Write a split's labels, uint8 `(n,)`; the array can grow."""
    file.create_dataset(f"y_{split}", data=labels, maxshape=(None,), chunks=(READ_ROWS,))


def create_corrections(file: h5py.File) -> None:
    """Create the empty columns of `hdf5.Provenance`."""
    group = file.create_group("corrections")
    for name in TEXT_COLUMNS:
        group.create_dataset(
            name, shape=(0,), maxshape=(None,), chunks=(1024,), dtype=h5py.string_dtype()
        )
    for name, kind in NUMBER_COLUMNS.items():
        group.create_dataset(name, shape=(0,), maxshape=(None,), chunks=(1024,), dtype=kind)


def write_attributes(file: h5py.File, categories: Sequence[str], seed: int, digest: str) -> None:
    """Write the attributes of revision 0."""
    file.attrs.update(
        categories=json.dumps(categories),
        seed=seed,
        revision=0,
        parent="",
        digest=digest,
        base_digest=digest,
        confirmations=0,
    )
