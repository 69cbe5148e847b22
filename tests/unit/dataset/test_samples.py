"""Drawings of the base are stored once for the pages, and read without HDF5."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.adapters.memory import MemoryArtefacts
from pipeline.categories import CATEGORIES
from pipeline.dataset import hdf5, storing_samples
from pipeline.dataset.revisions import bring_up_to_date, store_base
from pipeline.dataset.samples import Samples, read_base_digest, read_samples
from pipeline.dataset.storing_samples import store_samples
from pipeline.errors import InvalidDataset
from pipeline.records.dataset import Split
from pipeline.storage_paths import SAMPLES

DATASET = "quickdraw_20cat"


def path_of(base: Path) -> str:
    return SAMPLES.fill(dataset=DATASET, digest=hdf5.read_base_digest(base))


def read(artefacts: MemoryArtefacts, base: Path) -> Samples:
    samples = read_samples(artefacts, DATASET, hdf5.read_base_digest(base))
    assert samples is not None
    return samples


def test_before_a_run_has_stored_them_there_are_none(artefacts: MemoryArtefacts) -> None:
    assert read_samples(artefacts, DATASET, "ab12") is None
    assert read_base_digest(artefacts, DATASET) is None


def test_the_base_in_storage_names_them(artefacts: MemoryArtefacts, base_file: Path) -> None:
    store_base(artefacts, base_file)
    store_samples(artefacts, base_file)
    digest = read_base_digest(artefacts, DATASET)
    assert digest is not None
    assert read_samples(artefacts, DATASET, digest) is not None


def test_of_train_there_are_the_first_rows_of_each_class(
    artefacts: MemoryArtefacts, base_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storing_samples, "OF_EACH_CLASS", 3)
    store_samples(artefacts, base_file)
    samples, rows = read(artefacts, base_file), hdf5.read_base(base_file, Split.TRAIN)
    assert np.bincount(samples.train_labels).tolist() == 20 * [3]
    for label in range(20):
        own = samples.train_images[samples.train_labels == label]
        assert np.array_equal(own, rows.images[rows.labels == label][:3])


def test_of_test_there_are_the_first_rows(
    artefacts: MemoryArtefacts, base_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storing_samples, "MOST_TEST_ROWS", 10)
    store_samples(artefacts, base_file)
    samples, rows = read(artefacts, base_file), hdf5.read_base(base_file, Split.TEST)
    assert samples.test_rows.tolist() == list(range(10))
    assert np.array_equal(samples.test_images, rows.images[:10])
    assert np.array_equal(samples.test_labels, rows.labels[:10])


def test_a_data_set_with_answers_of_players_stores_the_same_drawings(
    stored: MemoryArtefacts, base_file: Path, pristine_base: Path
) -> None:
    bring_up_to_date(stored, base_file, categories=CATEGORIES)
    alone = MemoryArtefacts()
    store_samples(stored, base_file)
    store_samples(alone, pristine_base)
    path = path_of(base_file)
    assert stored.read(path) == alone.read(path)


def test_they_are_made_once(
    artefacts: MemoryArtefacts, base_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_samples(artefacts, base_file)
    monkeypatch.setattr(storing_samples, "take_samples", lambda _: pytest.fail("made again"))
    store_samples(artefacts, base_file)


def test_of_two_processes_that_store_them_at_once_both_succeed(
    artefacts: MemoryArtefacts, base_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = storing_samples.take_samples

    def take_while_another_stores(path: Path) -> Samples:
        monkeypatch.setattr(storing_samples, "take_samples", take)
        store_samples(artefacts, path)
        return take(path)

    monkeypatch.setattr(storing_samples, "take_samples", take_while_another_stores)
    store_samples(artefacts, base_file)
    assert read(artefacts, base_file).test_labels.size


@pytest.mark.parametrize("keep", [0, 100, -1])
def test_a_damaged_object_says_what_to_do(
    keep: int, artefacts: MemoryArtefacts, base_file: Path
) -> None:
    store_samples(artefacts, base_file)
    objects: Any = artefacts.objects
    path = path_of(base_file)
    objects[path] = objects[path][:keep]
    with pytest.raises(InvalidDataset, match="delete the object"):
        read(artefacts, base_file)


@pytest.mark.slow
def test_to_read_them_needs_no_hdf5() -> None:
    code = "import sys, pipeline.dataset.samples; sys.exit('h5py' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
