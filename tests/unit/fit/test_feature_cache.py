"""Features on disk: computed once, features by digest, and never trusted when damaged."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from pipeline.dataset import hdf5
from pipeline.dataset.additions import Additions
from pipeline.dataset.merge import merge
from pipeline.errors import InvalidDataset
from pipeline.fit import feature_cache
from pipeline.fit.feature_cache import (
    FeatureCache,
    load_base_features,
    load_correction_features,
    open_cache,
)
from pipeline.fit.feature_rows import HeldFeatures, StoredFeatures
from pipeline.model.cnn import build_model, dump_model
from pipeline.model.features import compute_features
from pipeline.model.file import read_predictor
from pipeline.model.predict import Predictor
from pipeline.records.dataset import Split


@pytest.fixture(scope="module")
def model() -> Predictor:
    import keras

    keras.utils.set_random_seed(2)
    data = dump_model(build_model(20))
    return read_predictor(data)


@pytest.fixture(autouse=True)
def small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feature_cache, "PORTION", 8)
    monkeypatch.setattr(feature_cache, "READ_ROWS", 50)


@pytest.fixture
def cache(tmp_path: Path, model: Predictor) -> FeatureCache:
    return open_cache(tmp_path / "features", model, "base")


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that gets the number of drawings of each call of the backbone."""
    counts: list[int] = []

    def count_and_compute(model: Any, images: Any) -> Any:
        counts.append(len(images))
        return compute_features(model, images)

    monkeypatch.setattr(feature_cache, "compute_features", count_and_compute)
    return counts


def only_file(folder: Path) -> Path:
    (path,) = (path for path in folder.rglob("*") if path.is_file())
    return path


@pytest.mark.parametrize(
    "harm",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(path.read_bytes()[:-1]),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"\1" + path.read_bytes()[1:]),
        lambda path: path.write_bytes(path.read_bytes()[:-1] + b"?"),
    ],
    ids=["lost", "cut short", "emptied", "a byte changed", "checksum changed"],
)
def test_what_is_lost_or_damaged_is_computed_again(
    harm: Callable[[Path], Any], cache: FeatureCache, base_file: Path, computed: list[int]
) -> None:
    before = np.array(load_base_features(cache, base_file, Split.VAL, 20))
    harm(only_file(cache.folder))
    assert np.array_equal(load_base_features(cache, base_file, Split.VAL, 20), before)
    assert sum(computed) == 40


def test_what_was_written_under_another_backbone_or_base_is_removed(
    cache: FeatureCache, base_file: Path, model: Predictor
) -> None:
    load_base_features(cache, base_file, Split.VAL, 20)
    root = cache.folder.parent
    assert open_cache(root, model, "base").folder.exists()
    open_cache(root, model, "other base")
    assert list(root.iterdir()) == []


def test_a_cache_that_is_still_needed_is_kept_beside_another(
    cache: FeatureCache, base_file: Path, model: Predictor
) -> None:
    root = cache.folder.parent
    for digest in ("base", "second base", "third base"):
        opened = open_cache(root, model, digest, keep=None)
        load_base_features(opened, base_file, Split.VAL, 20)
    assert len(list(root.iterdir())) == 3
    open_cache(root, model, "third base", keep=[cache])
    assert {folder.name for folder in root.iterdir()} == {cache.folder.name, opened.folder.name}


def test_another_head_on_the_same_backbone_finds_the_features(
    cache: FeatureCache, model: Predictor
) -> None:
    other = model._replace(head_bias=model.head_bias + 1)
    assert open_cache(cache.folder.parent, other, "base").folder == cache.folder


def test_base_features_are_computed_once(
    cache: FeatureCache, base_file: Path, computed: list[int]
) -> None:
    first = load_base_features(cache, base_file, Split.TRAIN, 120)
    assert computed == [50, 50, 20]
    assert np.array_equal(load_base_features(cache, base_file, Split.TRAIN, 120), first)
    assert sum(computed) == 120


def test_base_features_are_those_of_the_first_rows(
    cache: FeatureCache, base_file: Path, model: Predictor
) -> None:
    features = load_base_features(cache, base_file, Split.TRAIN, 30)
    images = hdf5.read_base(base_file, Split.TRAIN, 30).images
    assert features == pytest.approx(compute_features(model, images), rel=1e-3, abs=1e-6)
    assert (
        len(load_base_features(cache, base_file, Split.VAL))
        == hdf5.read_base_counts(base_file)[Split.VAL]
    )


def test_half_precision_moves_no_probability_by_more_than_a_thousandth(
    cache: FeatureCache, base_file: Path, model: Any
) -> None:
    features = load_base_features(cache, base_file, Split.TRAIN, 60)
    exact = compute_features(model, hdf5.read_base(base_file, Split.TRAIN, 60).images)
    moved = np.abs(
        model.head.probabilities(features.astype(np.float32)) - model.head.probabilities(exact)
    )
    assert moved.max() < 1e-3


@pytest.fixture
def add(base_file: Path, make_additions: Callable[..., Additions]) -> Callable[[int], Any]:
    """Add corrections to train; return the drawings of all that were added so far."""
    added: list[Any] = []

    def append(count: int) -> Any:
        held = hdf5.describe(base_file)
        more = make_additions(held, count, f"r{held.revision}-", seed=held.revision)
        merge(base_file, more._replace(splits=np.full(count, "train")))
        added.append(more.images)
        return np.concatenate(added)

    return append


def test_only_new_corrections_are_computed(
    cache: FeatureCache, base_file: Path, add: Callable[[int], Any], computed: list[int]
) -> None:
    add(17)
    load_correction_features(cache, base_file, Split.TRAIN)
    assert computed == [8, 8, 1]
    images = add(4)
    features = load_correction_features(cache, base_file, Split.TRAIN)
    assert computed[3:] == [5]
    assert np.array_equal(features[:], compute_features(cache.model, images).astype(np.float16))


def test_drawings_whose_features_are_stored_are_not_read(
    cache: FeatureCache,
    base_file: Path,
    add: Callable[[int], Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    add(17)
    load_correction_features(cache, base_file, Split.TRAIN)
    read: list[int] = []
    read_rows = hdf5.read_rows

    def count_and_read(path: Path, split: Split, start: int, stop: int) -> Any:
        read.append(stop - start)
        return read_rows(path, split, start, stop)

    monkeypatch.setattr(hdf5, "read_rows", count_and_read)
    load_correction_features(cache, base_file, Split.TRAIN)
    assert read == [1]


@pytest.mark.parametrize(
    "kept", [(0, [8, 8, 1]), (7, [8, 8, 1]), (8, [8, 1]), (11, [8, 1]), (17, [1])]
)
def test_features_of_answers_too_old_to_matter_are_neither_computed_nor_kept(
    kept: tuple[int, list[int]],
    cache: FeatureCache,
    base_file: Path,
    add: Callable[[int], Any],
    computed: list[int],
) -> None:
    images, (first, portions) = add(17), kept
    features = load_correction_features(cache, base_file, Split.TRAIN, first=first)
    assert computed == portions
    expected = compute_features(cache.model, images[first:]).astype(np.float16)
    assert np.array_equal(features[:].reshape(-1, 1600), expected)
    stored = [path for path in cache.folder.rglob("*") if path.is_file()]
    assert len(stored) == portions.count(8)


def test_features_of_full_portions_are_read_only_when_they_are_used(
    cache: FeatureCache, base_file: Path, add: Callable[[int], Any]
) -> None:
    add(17)
    features = load_correction_features(cache, base_file, Split.TRAIN)
    assert [type(part) for part in features.parts] == [StoredFeatures, StoredFeatures, HeldFeatures]
    for path in (cache.folder / "train-corrections").iterdir():
        path.unlink()
    with pytest.raises(OSError, match="No such file"):
        features[:1]


def test_a_drawing_that_is_not_the_one_that_was_merged_gets_no_features(
    cache: FeatureCache, base_file: Path, add: Callable[[int], Any]
) -> None:
    add(3)
    with h5py.File(base_file, "r+") as file:
        file["X_train"][-1, 5, 5] = 1 - file["X_train"][-1, 5, 5]
    with pytest.raises(InvalidDataset, match="delete it and run again"):
        load_correction_features(cache, base_file, Split.TRAIN)


def test_stored_features_of_corrections_that_are_gone_are_removed(
    cache: FeatureCache, base_file: Path, add: Callable[[int], Any], tmp_path: Path
) -> None:
    add(8)
    earlier = Path(shutil.copy(base_file, tmp_path / "earlier.h5"))
    add(8)
    load_correction_features(cache, base_file, Split.TRAIN)
    load_correction_features(cache, earlier, Split.TRAIN)
    assert len([path for path in cache.folder.rglob("*") if path.is_file()]) == 1


def test_no_corrections_give_no_features(cache: FeatureCache, base_file: Path) -> None:
    assert load_correction_features(cache, base_file, Split.TRAIN)[:].shape == (0, 1600)


def test_progress_is_reported(cache: FeatureCache, base_file: Path) -> None:
    reports: list[tuple[int, int]] = []
    load_base_features(
        cache,
        base_file,
        Split.TRAIN,
        60,
        lambda message, done=0, total=0: reports.append((done, total)),
    )
    assert reports == [(50, 60), (60, 60)]
