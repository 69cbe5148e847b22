"""Drawings of the base that pages show, read from Storage: this needs neither HDF5 nor a data set.

`storing_samples.py` writes them.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.drawings import Images, Labels
from pipeline.errors import ObjectMissing
from pipeline.npz import dump_arrays, load_arrays
from pipeline.ports import ArtefactStore
from pipeline.storage_paths import BASE_DIGEST, SAMPLES


class Samples(NamedTuple):
    """Some base rows. The names are also the names in the stored file.

    train_images: uint8 `(n, 28, 28)`, of the train split, up to 100 of each class.
    train_labels: uint8 `(n,)`.
    test_images: uint8 `(m, 28, 28)`, of the test split, the first 20,000 at most. It is shuffled,
        so they are a random sample.
    test_labels: uint8 `(m,)`.
    test_rows: int32 `(m,)`, which rows of the test split they are, in rising order.
    """

    train_images: Images
    train_labels: Labels
    test_images: Images
    test_labels: Labels
    test_rows: NDArray[np.int32]


def read_base_digest(artefacts: ArtefactStore, dataset: str) -> str | None:
    """Return the digest of a data set's base, as Storage has it; None if Storage has lost it.

    Args:
        artefacts: Storage.
        dataset: its name, see `storage_paths.name_dataset`.
    """
    try:
        data = artefacts.read(BASE_DIGEST.fill(dataset=dataset))
    except ObjectMissing:
        return None
    return data.decode(errors="replace").strip()


def read_samples(artefacts: ArtefactStore, dataset: str, digest: str) -> Samples | None:
    """Return the drawings of the base with this digest.

    None: no run has stored them yet.

    Raises:
        InvalidDataset: the object is damaged.
    """
    try:
        data = artefacts.read(SAMPLES.fill(dataset=dataset, digest=digest))
    except ObjectMissing:
        return None
    what, advice = "the drawings for the pages", "delete the object; the next run stores it again"
    return Samples(**load_arrays(data, Samples._fields, what, advice))


def dump_samples(samples: Samples) -> bytes:
    """Return the samples as the bytes of an .npz file: the same samples give the same bytes."""
    return dump_arrays(samples._asdict())
