"""The computed cost of dropout equals the mean cost of its noise, while there is little noise."""

import numpy as np
import pytest
from scipy.special import log_softmax

from pipeline.fit import dropout as module
from pipeline.fit.dropout import dropout_curvature
from tests.unit.fit._training_sets import CLASSES, WIDTH, random_training_set

SHARE = 0.02


def test_it_is_the_mean_cost_of_little_noise() -> None:
    training_set = random_training_set(40, 0)
    # Small weights, so that dropping a feature changes the scores little.
    head = training_set.anchor._replace(weights=training_set.anchor.weights / 10)
    features, labels = training_set.features.astype(float), training_set.labels
    scores = features @ head.weights + head.bias
    rows = np.arange(len(labels))
    rng = np.random.default_rng(0)
    costs = []
    for _ in range(4000):
        kept = (rng.random(features.shape) >= SHARE) / (1 - SHARE)
        noisy = (features * kept) @ head.weights + head.bias
        # The noise in the score of the label has mean zero. It is subtracted, because its random
        # error would be larger than the cost to be measured.
        label_noise = (noisy - scores)[rows, labels]
        costs.append(
            (log_softmax(scores, axis=1) - log_softmax(noisy, axis=1))[rows, labels].mean()
            + label_noise.mean()
        )
    quadratic_form = sum(
        weights @ matrix @ weights
        for weights, matrix in zip(
            head.weights, dropout_curvature(training_set.features, head), strict=True
        )
    )
    assert SHARE / (1 - SHARE) / 2 * quadratic_form == pytest.approx(np.mean(costs), rel=0.1)


def test_it_is_symmetric_and_never_negative() -> None:
    training_set = random_training_set(40, 0)
    curvature = dropout_curvature(training_set.features, training_set.anchor)
    assert curvature.shape == (WIDTH, CLASSES, CLASSES)
    assert curvature == pytest.approx(curvature.transpose(0, 2, 1), abs=1e-6)
    assert np.linalg.eigvalsh(curvature).min() > -1e-5


def test_a_shift_of_all_classes_costs_nothing() -> None:
    training_set = random_training_set(40, 0)
    curvature = dropout_curvature(training_set.features, training_set.anchor)
    assert curvature @ np.ones(CLASSES, np.float32) == pytest.approx(
        np.zeros((WIDTH, CLASSES)), abs=1e-5
    )


def test_the_number_of_blocks_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    training_set = random_training_set(40, 0)
    whole = dropout_curvature(training_set.features, training_set.anchor)
    monkeypatch.setattr(module, "BLOCK_ROWS", 7)
    in_blocks = dropout_curvature(training_set.features, training_set.anchor)
    assert in_blocks == pytest.approx(whole, abs=1e-6)
