"""Features are the backbone's output: under the head they give what Keras itself predicts."""

from typing import Any

import numpy as np
import pytest

from pipeline.model import features as module
from pipeline.model.cnn import build_model, dump_model
from pipeline.model.features import compute_features
from pipeline.model.file import read_predictor
from pipeline.model.predict import Predictor

IMAGES = np.random.default_rng(0).integers(0, 256, (21, 28, 28), np.uint8)


@pytest.fixture(scope="module")
def network() -> Any:
    import keras

    keras.utils.set_random_seed(2)
    return build_model(20)


@pytest.fixture(scope="module")
def model(network: Any) -> Predictor:
    data = dump_model(network)
    return read_predictor(data)


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 8)


def test_features_under_the_head_are_what_keras_predicts(network: Any, model: Predictor) -> None:
    ours = model.head.probabilities(compute_features(model, IMAGES))
    theirs = network(IMAGES[..., None].astype(np.float32) / 255, training=False).numpy()
    assert np.abs(ours - theirs).max() < 1e-5


def test_no_drawings_give_no_features(model: Predictor) -> None:
    assert compute_features(model, IMAGES[:0]).shape == (0, 1600)


@pytest.mark.parametrize("count", [1, 8, 9])
def test_the_features_of_a_drawing_do_not_depend_on_the_others(
    count: int, model: Predictor
) -> None:
    assert compute_features(model, IMAGES[:count]) == pytest.approx(
        compute_features(model, IMAGES)[:count], abs=1e-6
    )


def test_features_are_float32_and_never_negative(model: Predictor) -> None:
    features = compute_features(model, IMAGES)
    assert features.dtype == np.float32
    assert features.min() >= 0


def test_progress_is_reported_after_each_batch(model: Predictor) -> None:
    reports: list[tuple[int, int]] = []
    compute_features(model, IMAGES, lambda message, done=0, total=0: reports.append((done, total)))
    assert reports == [(8, 21), (16, 21), (21, 21)]
