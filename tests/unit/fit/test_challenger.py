"""Fits of a challenger: both methods give the same head each time, and keep the backbone."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.dataset import hdf5
from pipeline.dataset.merge import merge
from pipeline.drawings import scale_pixels
from pipeline.errors import InvalidDataset
from pipeline.fit.challenger import dump_fitted, fit_challenger, load_fitted, load_lesson
from pipeline.fit.feature_cache import FeatureCache, open_cache
from pipeline.fit.training_set import Hyperparameters
from pipeline.model.cnn import build_model, dump_model, load_model
from pipeline.model.features import compute_features
from pipeline.model.file import read_predictor, replace_head
from pipeline.model.predict import Predictor
from pipeline.records.corrections import ASKED_CODES, Asked
from pipeline.records.dataset import Split
from pipeline.settings import Settings
from tests._provenance import read_provenance

HYPERPARAMETERS = Hyperparameters(20, 1e-2)


@pytest.fixture(scope="module")
def file() -> bytes:
    import keras

    keras.utils.set_random_seed(2)
    return dump_model(build_model(20))


@pytest.fixture(scope="module")
def model(file: bytes) -> Predictor:
    return read_predictor(file)


@pytest.fixture
def cache(model: Predictor, tmp_path: Path) -> FeatureCache:
    return open_cache(tmp_path / "features", model, "base")


@pytest.fixture
def corrected(base_file: Path, make_additions: Callable[..., Any]) -> Path:
    """A data set with corrections of two revisions."""
    merge(base_file, make_additions(hdf5.describe(base_file), 30, "a"))
    merge(base_file, make_additions(hdf5.describe(base_file), 20, "b", seed=1))
    return base_file


@pytest.mark.slow
def test_each_new_answer_of_train_is_guessed_with_its_player_named(
    cache: FeatureCache, corrected: Path, settings: Settings
) -> None:
    guesses = fit_challenger(cache, corrected, settings, since=1).cross_fitted
    provenance = read_provenance(corrected)
    new = (provenance.splits == str(Split.TRAIN)) & (provenance.revisions == 2)
    assert guesses.players is not None
    assert guesses.players.astype(str).tolist() == provenance.players[new].tolist()
    rows = hdf5.read_rows(corrected, Split.TRAIN)
    assert np.array_equal(guesses.labels, rows.labels[provenance.rows[new]])
    champion = cache.model.head.probabilities(
        compute_features(cache.model, rows.images[provenance.rows[new]])
    )
    assert np.mean(guesses.champion == champion.argmax(1)) > 0.9  # cached features are rounded


@pytest.mark.slow
def test_a_fit_never_reads_the_drawings_of_all_corrections_together(
    cache: FeatureCache, corrected: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They would need a kilobyte for every correction that was ever merged."""
    monkeypatch.delattr(hdf5, "read_corrections")
    assert fit_challenger(cache, corrected, settings, since=1).cross_fitted.rows


@pytest.mark.slow
def test_the_same_data_give_the_same_bytes_with_features_at_hand_or_not(
    cache: FeatureCache, corrected: Path, settings: Settings, tmp_path: Path
) -> None:
    first = dump_fitted(fit_challenger(cache, corrected, settings, since=1))
    elsewhere = open_cache(tmp_path / "elsewhere", cache.model, "base")
    assert dump_fitted(fit_challenger(cache, corrected, settings, since=1)) == first
    assert dump_fitted(fit_challenger(elsewhere, corrected, settings, since=1)) == first


@pytest.mark.slow
@pytest.mark.parametrize("method", ["anchored", "keras"])
def test_the_backbone_stays_as_it_is_byte_for_byte(
    method: str, cache: FeatureCache, corrected: Path, settings: Settings
) -> None:
    before = cache.model.backbone_digest, cache.model.head
    chosen = settings.with_changes(fit={"method": method})
    head = fit_challenger(cache, corrected, chosen, since=1).head
    assert cache.model.backbone_digest == before[0]
    assert np.array_equal(cache.model.head.weights, before[1].weights)
    assert not np.array_equal(head.weights, before[1].weights)


def test_the_whole_model_says_what_features_and_head_say(
    cache: FeatureCache, corrected: Path, file: bytes, settings: Settings
) -> None:
    training_set = load_lesson(cache, corrected, settings, since=1).training_set
    head = training_set.fit(HYPERPARAMETERS)
    images = hdf5.read_base(corrected, Split.TEST).images
    ours = head.probabilities(compute_features(cache.model, images))
    changed = replace_head(file, head)
    network = load_model(changed, hashlib.sha256(changed).hexdigest())
    whole = network(scale_pixels(images)[..., None], training=False).numpy()
    assert np.abs(ours - whole).max() < 1e-5


def test_a_data_set_without_answers_gives_the_champion_s_head(
    cache: FeatureCache, base_file: Path, settings: Settings
) -> None:
    fitted = fit_challenger(cache, base_file, settings, since=0)
    assert np.array_equal(fitted.head.weights, cache.model.head.weights)
    assert fitted.cross_fitted.rows == 0


def test_rows_are_at_most_as_many_as_asked_for(
    cache: FeatureCache, corrected: Path, settings: Settings
) -> None:
    few = settings.with_changes(fit={"base_rows": 100, "most_answers": 3})
    lesson = load_lesson(cache, corrected, few, since=1)
    assert (lesson.training_set.base, lesson.training_set.answers) == (100, 3)
    assert len(lesson.validation.answers.labels) <= 3


def test_new_answers_beyond_those_that_are_fitted_to_are_guessed_too(
    cache: FeatureCache, corrected: Path, settings: Settings
) -> None:
    few = settings.with_changes(fit={"most_answers": 3})
    guesses = fit_challenger(cache, corrected, few, since=1).cross_fitted
    provenance = read_provenance(corrected)
    new = (provenance.splits == str(Split.TRAIN)) & (provenance.revisions == 2)
    assert guesses.players is not None
    assert guesses.players.astype(str).tolist() == provenance.players[new].tolist()


def test_confirmations_are_learned_from_and_guessed_like_corrections(
    cache: FeatureCache, base_file: Path, make_additions: Callable[..., Any], settings: Settings
) -> None:
    added = make_additions(hdf5.describe(base_file), 30)
    merge(base_file, added._replace(guesses=added.labels, splits=np.full(30, "train")))
    fitted = fit_challenger(cache, base_file, settings, since=0)
    assert fitted.cross_fitted.rows == 30
    assert not np.array_equal(fitted.head.weights, cache.model.head.weights)


@pytest.mark.parametrize("chance_and_times", [(0.5, 2), (0.1, 10), (0.001, 10)])
def test_an_answer_counts_as_many_as_it_stands_for_but_at_most_ten(
    chance_and_times: tuple[float, float],
    cache: FeatureCache,
    base_file: Path,
    make_additions: Callable[..., Any],
    settings: Settings,
) -> None:
    added = make_additions(hdf5.describe(base_file), 60)
    audited, (chance, times) = np.arange(60) < 30, chance_and_times
    why = [ASKED_CODES[Asked.MARGIN], ASKED_CODES[Asked.AUDIT]]
    merge(
        base_file,
        added._replace(
            asked=np.array(why, np.uint8)[audited.astype(int)],
            chances=np.where(audited, chance, 1).astype(np.float32),
            splits=np.full(60, "train"),
        ),
    )
    weights = load_lesson(cache, base_file, settings, since=0).training_set.relative_weights
    assert weights[:30] / weights[30] == pytest.approx(np.full(30, times))
    assert weights[30:] == pytest.approx(np.full(30, weights[30]))


@pytest.mark.slow
@pytest.mark.parametrize("method", ["anchored", "keras"])
def test_what_is_stored_is_read_back(
    method: str, cache: FeatureCache, corrected: Path, settings: Settings
) -> None:
    fitted = fit_challenger(
        cache, corrected, settings.with_changes(fit={"method": method}), since=1
    )
    read = load_fitted(dump_fitted(fitted))
    assert (read.hyperparameters, read.trials) == (fitted.hyperparameters, fitted.trials)
    for one, other in (
        (read.head, fitted.head),
        (read.cross_fitted, fitted.cross_fitted),
    ):
        assert all(np.array_equal(*pair) for pair in zip(one, other, strict=True))


@pytest.mark.parametrize("data", [b"", b"PK\3\4", b"nothing of ours"])
def test_bytes_that_are_no_fit_are_refused(data: bytes) -> None:
    with pytest.raises(InvalidDataset, match="damaged"):
        load_fitted(data)
