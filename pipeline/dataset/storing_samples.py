"""Store drawings of the base for the pages, once for each base."""

from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.dataset.hdf5 import (
    Rows,
    describe,
    read_base,
    read_base_counts,
    read_base_digest,
    read_labels,
)
from pipeline.dataset.samples import Samples, dump_samples
from pipeline.drawings import Labels
from pipeline.errors import ObjectExists
from pipeline.ports import ArtefactStore
from pipeline.progress import OnProgress, silent
from pipeline.records.dataset import Split
from pipeline.storage_paths import SAMPLES, name_dataset

OF_EACH_CLASS = 100
"""Rows of train."""
MOST_TEST_ROWS = 20_000
"""16 MB of drawings, and every row of a small data set."""


def store_samples(artefacts: ArtefactStore, path: Path, on_progress: OnProgress = silent) -> None:
    """Store drawings of a data set's base in Storage, if they are not there yet.

    The object is created whole, and named for the base: a killed process leaves nothing, and of two
    processes both make the same.

    Args:
        artefacts: Storage.
        path: the data set, of any revision.
        on_progress: called before the drawings are read.

    Raises:
        InvalidDataset: the data set is missing or damaged.
    """
    dataset = name_dataset(len(describe(path).categories))
    name = SAMPLES.fill(dataset=dataset, digest=read_base_digest(path))
    if artefacts.list(name):
        return
    on_progress("storing drawings for the pages")
    with suppress(ObjectExists):
        artefacts.create(name, dump_samples(take_samples(path)))


def take_samples(path: Path) -> Samples:
    """Read the samples from a data set: the first base rows, of train the first of each class."""
    counts = read_base_counts(path)
    chosen = _choose_of_each_class(read_labels(path, Split.TRAIN, counts[Split.TRAIN]))
    train = _select(read_base(path, Split.TRAIN, int(chosen.max(initial=-1)) + 1), chosen)
    test = read_base(path, Split.TEST, MOST_TEST_ROWS)
    return Samples(*train, *test, np.arange(len(test.labels), dtype=np.int32))


def _choose_of_each_class(labels: Labels) -> NDArray[np.int64]:
    """Return the first rows of each class, in rising order."""
    rows = [np.flatnonzero(labels == label)[:OF_EACH_CLASS] for label in np.unique(labels)]
    return np.sort(np.concatenate([np.empty(0, np.int64), *rows]))


def _select(rows: Rows, chosen: NDArray[np.int64]) -> Rows:
    return Rows(rows.images[chosen], rows.labels[chosen])
