"""A cache of features on disk: computed once for each backbone, and read in slices.

Layout, under `<features>/<digest of backbone and base>/`:

- `<split>-<n>`: the features of the first n base rows of a split;
- `<split>-corrections/<digest of the drawings>`: the features of 1,024 answers of players.

Each file holds float16 numbers, row after row, and the CRC-32 of these bytes at its end. Names hold
digests of all inputs, so a file never goes out of date: with other inputs it has another name. A
file that is missing, has a wrong size or a wrong checksum is computed again. So the folder may be
deleted at any time.
"""

import hashlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

from pipeline.dataset import hdf5
from pipeline.dataset.origins import read_split_digests
from pipeline.drawings import Images, image_digest
from pipeline.errors import InvalidDataset
from pipeline.files import replace_atomically
from pipeline.fit.feature_rows import FeatureRows, HeldFeatures, Part, StoredFeatures
from pipeline.model.features import compute_features
from pipeline.model.predict import FEATURES, Predictor
from pipeline.progress import OnProgress, silent
from pipeline.records.dataset import Split

# Corrections in one file. They are only ever appended, so a full portion never changes.
PORTION = 1024
READ_ROWS = 8192  # base rows in memory at once
CHECKSUM_BYTES = 4
CHECK_BLOCK_BYTES = 1 << 24  # bytes in memory at once while a checksum is computed

CachedFeatures: TypeAlias = NDArray[np.float16]
"""float16 `(n, 1600)`, read-only.

Against float32, probabilities differ by 4e-4 at most, and no guess differed in our measurements.
"""


class FeatureCache(NamedTuple):
    """The folder for the features of one backbone and one base, and the model to compute them."""

    folder: Path
    model: Predictor


def open_cache(
    root: Path, model: Predictor, base_digest: str, *, keep: Sequence[FeatureCache] | None = ()
) -> FeatureCache:
    """Open the cache for a backbone and a base, and remove the caches of all others.

    Args:
        root: the folder of all caches; it may be missing.
        model: the model with the backbone.
        base_digest: the digest of the data set's base.
        keep: caches that are still needed; None keeps all.
    """
    name = hashlib.sha256(f"{model.backbone_digest} {base_digest}".encode()).hexdigest()[:32]
    if root.exists() and keep is not None:
        kept = {name, *(cache.folder.name for cache in keep)}
        for other in root.iterdir():
            if other.name not in kept:
                shutil.rmtree(other, ignore_errors=True)
    return FeatureCache(root / name, model)


def load_base_features(
    cache: FeatureCache,
    path: Path,
    split: Split,
    limit: int | None = None,
    on_progress: OnProgress = silent,
) -> CachedFeatures:
    """Load the features of a split's first base rows; compute and store them if needed.

    Args:
        cache: the cache.
        path: the data set.
        split: the split.
        limit: how many rows at most; None means all.
        on_progress: called after each block that is computed.

    Raises:
        OSError: the disk is full or faulty.
        InvalidDataset: the data set cannot be read.
    """
    available = hdf5.read_base_counts(path)[split]
    rows = available if limit is None else min(limit, available)

    def compute_blocks() -> Iterator[CachedFeatures]:
        for start in range(0, rows, READ_ROWS):
            end = min(start + READ_ROWS, rows)
            yield _compute(cache.model, hdf5.read_rows(path, split, start, end).images)
            on_progress("computing features of base rows", end, rows)

    return _load_or_compute(cache.folder / f"{split}-{rows}", rows, compute_blocks)


def load_correction_features(
    cache: FeatureCache,
    path: Path,
    split: Split,
    on_progress: OnProgress = silent,
    *,
    first: int = 0,
) -> FeatureRows:
    """Load the features of a split's answers; compute what is not stored.

    Full portions are stored. The last, incomplete one is computed in each run: it will grow, and
    would be stored in vain. Files of other portions are removed. Drawings are read only where
    features are computed, and one portion of them is in memory at once.

    Args:
        cache: the cache.
        path: the data set.
        split: the split.
        on_progress: called after each portion.
        first: how many of the oldest answers to leave out.

    Returns:
        The features of the answers from `first` on, in order of merging. They are read from the
        files when they are used.

    Raises:
        OSError: the disk is full or faulty.
        InvalidDataset: the data set cannot be read, or a drawing is not the one that was merged.
    """
    folder = cache.folder / f"{split}-corrections"
    digests, base = read_split_digests(path, split), hdf5.read_base_counts(path)[split]
    start_of_first = first - first % PORTION
    parts: list[Part] = []
    names = set()
    for start in range(start_of_first, len(digests), PORTION):
        portion = digests[start : start + PORTION]
        compute = partial(_compute_portion, cache.model, path, split, base + start, portion)
        if len(portion) == PORTION:
            # The name is made of the digests of the drawings, which are much less to read.
            name = hashlib.sha256(portion.tobytes()).hexdigest()[:32]
            names.add(name)
            parts.append(_store(folder / name, PORTION, compute))
        else:
            parts.append(HeldFeatures(next(compute())))
        on_progress("computing features of corrections", start + len(portion), len(digests))
    if folder.exists():
        for stored in folder.iterdir():
            if stored.name not in names:
                stored.unlink(missing_ok=True)
    features = FeatureRows(parts)
    return features.select(np.arange(first - start_of_first, len(features))) if first else features


def _compute_portion(
    model: Predictor, path: Path, split: Split, start: int, digests: NDArray[np.bytes_]
) -> Iterator[CachedFeatures]:
    """Yield the features of the drawings from row `start` on, which must have these digests."""
    images = hdf5.read_rows(path, split, start, start + len(digests)).images
    # Otherwise the features of a damaged drawing would stay in the cache under the right name.
    if [image_digest(image).encode() for image in images] != digests.tolist():
        raise InvalidDataset(
            f"{path} holds a drawing that is not the one that was merged: "
            "delete it and run again, it is rebuilt"
        )
    yield _compute(model, images)


def _compute(model: Predictor, images: Images) -> CachedFeatures:
    return compute_features(model, images).astype(np.float16)


def _load_or_compute(
    path: Path, rows: int, compute_blocks: Callable[[], Iterator[CachedFeatures]]
) -> CachedFeatures:
    """Return the features in a file; write the file first if it is missing or damaged.

    Newly written features are read back too. So a run with an empty cache and one with a full
    cache get the same arrays, and a faulty disk is noticed at once.
    """
    if not rows:
        return np.empty((0, FEATURES), np.float16)
    _store(path, rows, compute_blocks)
    return np.memmap(path, np.float16, mode="r", shape=(rows, FEATURES))


def _store(
    path: Path, rows: int, compute_blocks: Callable[[], Iterator[CachedFeatures]]
) -> StoredFeatures:
    """Return the file with the features of at least one row, written first if it is not intact."""
    if not _is_intact(path, rows):
        with replace_atomically(path) as part, part.open("wb") as file:
            checksum = 0
            for block in compute_blocks():
                data = block.tobytes()
                checksum = isal_zlib.crc32(data, checksum)
                file.write(data)
            file.write(checksum.to_bytes(CHECKSUM_BYTES))
        if not _is_intact(path, rows):
            raise OSError(f"{path} does not read back as it was written: check the disk")
    return StoredFeatures(path, rows)


def _is_intact(path: Path, rows: int) -> bool:
    """Return whether the file is there, and its size and checksum are right."""
    if not path.is_file() or path.stat().st_size != rows * FEATURES * 2 + CHECKSUM_BYTES:
        return False
    checksum, left = 0, rows * FEATURES * 2
    with path.open("rb") as file:
        while left:
            data = file.read(min(left, CHECK_BLOCK_BYTES))
            checksum, left = isal_zlib.crc32(data, checksum), left - len(data)
        return file.read() == checksum.to_bytes(CHECKSUM_BYTES)
