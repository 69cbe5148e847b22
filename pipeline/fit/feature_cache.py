"""Features on disk: computed once for a backbone, found again by digest, memory-mapped; made again when lost or damaged."""

import hashlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

from pipeline.dataset import hdf5
from pipeline.drawings import Images
from pipeline.files import replace_atomically
from pipeline.model.features import compute_features
from pipeline.model.predict import FEATURES, Predictor
from pipeline.progress import OnProgress, silent
from pipeline.records.dataset import Split

PORTION = 1024  # corrections that are kept together: those of a full portion never change again
READ_ROWS = 8192  # of the base, at once
CHECKSUM_BYTES = 4
CHECKED_BYTES = 1 << 24  # read at once

CachedFeatures: TypeAlias = NDArray[np.float16]
"""float16 `(n, 1600)`, read-only: against float32 a probability moves by 4e-4 at most, and no guess was seen to change."""


class FeatureCache(NamedTuple):
    """The features of one backbone for one base."""

    folder: Path
    model: Predictor


def open_cache(root: Path, model: Predictor, base_digest: str) -> FeatureCache:
    """The cache under `root` for the backbone of `model` and that base; what is there for any other is removed."""
    name = hashlib.sha256(f"{model.backbone_digest} {base_digest}".encode()).hexdigest()[:32]
    if root.exists():
        for other in root.iterdir():
            if other.name != name:
                shutil.rmtree(other, ignore_errors=True)
    return FeatureCache(root / name, model)


def base_features(
    cache: FeatureCache,
    path: Path,
    split: Split,
    most: int | None = None,
    on_progress: OnProgress = silent,
) -> CachedFeatures:
    """Features of the first `most` base rows of a split, in the order of the file.

    Raises OSError when the disk is full, InvalidDataset when the data set at `path` cannot be read.
    """
    held = hdf5.read_base_counts(path)[split]
    rows = held if most is None else min(most, held)

    def made() -> Iterator[CachedFeatures]:
        for at in range(0, rows, READ_ROWS):
            images = hdf5.read_rows(path, split, at, min(at + READ_ROWS, rows)).images
            yield _computed(cache.model, images)
            on_progress("computing features of base rows", min(at + READ_ROWS, rows), rows)

    return _kept(cache.folder / f"{split}-{rows}", rows, made)


def correction_features(
    cache: FeatureCache, split: Split, images: Images, on_progress: OnProgress = silent
) -> CachedFeatures:
    """Features of the appended rows of a split, `(n, 28, 28)` in order of merging.

    Full portions are kept, and found by the digest of their drawings; what is no longer asked for is removed.
    """
    folder = cache.folder / f"{split}-corrections"
    found, names = [np.empty((0, FEATURES), np.float16)], set()
    for at in range(0, len(images), PORTION):
        portion = images[at : at + PORTION]

        def made(portion: Images = portion) -> Iterator[CachedFeatures]:
            yield _computed(cache.model, portion)

        if len(portion) == PORTION:
            names.add(name := hashlib.sha256(portion.tobytes()).hexdigest()[:32])
            found.append(_kept(folder / name, PORTION, made))
        else:
            found.extend(made())
        on_progress("computing features of corrections", at + len(portion), len(images))
    if folder.exists():
        for stale in folder.iterdir():
            if stale.name not in names:
                stale.unlink(missing_ok=True)
    return np.concatenate(found)


def _computed(model: Predictor, images: Images) -> CachedFeatures:
    return compute_features(model, images).astype(np.float16)


def _kept(path: Path, rows: int, made: Callable[[], Iterator[CachedFeatures]]) -> CachedFeatures:
    """What lies at `path`, made first when it is not there, or not what was written."""
    if not rows:
        return np.empty((0, FEATURES), np.float16)
    found = _read(path, rows)
    if found is None:
        with replace_atomically(path) as part, part.open("wb") as file:
            checksum = 0
            for block in made():
                data = block.tobytes()
                checksum = isal_zlib.crc32(data, checksum)
                file.write(data)
            file.write(checksum.to_bytes(CHECKSUM_BYTES))
        found = _read(path, rows)
    if found is None:
        raise OSError(f"{path} cannot be read back as it was written: is the disk faulty?")
    return found


def _read(path: Path, rows: int) -> CachedFeatures | None:
    """The array at `path`; None when there is none, or its size or checksum is wrong."""
    if not path.is_file() or path.stat().st_size != rows * FEATURES * 2 + CHECKSUM_BYTES:
        return None
    checksum, left = 0, rows * FEATURES * 2
    with path.open("rb") as file:
        while left:
            data = file.read(min(left, CHECKED_BYTES))
            checksum, left = isal_zlib.crc32(data, checksum), left - len(data)
        if file.read() != checksum.to_bytes(CHECKSUM_BYTES):
            return None
    return np.memmap(path, np.float16, mode="r", shape=(rows, FEATURES))
