"""What dropout costs, computed without noise, is what noise itself costs on average, as long as there is little of it."""

import numpy as np
import pytest
from scipy.special import log_softmax

from pipeline.fit import dropout as module
from pipeline.fit.dropout import dropout_curvature
from tests.unit.fit._lessons import CLASSES, WIDTH, lesson

SHARE = 0.02


def test_it_is_the_mean_cost_of_little_noise() -> None:
    found = lesson(40, 0)
    # Small weights: what a dropped feature takes from a score must be little too.
    head = found.anchor._replace(weights=found.anchor.weights / 10)
    features, labels = found.features.astype(float), found.labels
    scores = features @ head.weights + head.bias
    rows = np.arange(len(labels))
    rng = np.random.default_rng(0)
    costs = []
    for _ in range(4000):
        kept = (rng.random(features.shape) >= SHARE) / (1 - SHARE)
        noisy = (features * kept) @ head.weights + head.bias
        # What noise does to the score of the label is nothing on average: left out, as its luck would drown the rest.
        lucky = (noisy - scores)[rows, labels]
        costs.append(
            (log_softmax(scores, axis=1) - log_softmax(noisy, axis=1))[rows, labels].mean()
            + lucky.mean()
        )
    told = sum(
        w @ a @ w
        for w, a in zip(head.weights, dropout_curvature(found.features, head), strict=True)
    )
    assert SHARE / (1 - SHARE) / 2 * told == pytest.approx(np.mean(costs), rel=0.1)


def test_it_is_symmetric_and_never_negative() -> None:
    found = lesson(40, 0)
    curvature = dropout_curvature(found.features, found.anchor)
    assert curvature.shape == (WIDTH, CLASSES, CLASSES)
    assert curvature == pytest.approx(curvature.transpose(0, 2, 1), abs=1e-6)
    assert np.linalg.eigvalsh(curvature).min() > -1e-5


def test_a_shift_of_all_classes_costs_nothing() -> None:
    found = lesson(40, 0)
    ones = np.ones(CLASSES, np.float32)
    assert dropout_curvature(found.features, found.anchor) @ ones == pytest.approx(
        np.zeros((WIDTH, CLASSES)), abs=1e-5
    )


def test_in_how_many_blocks_it_is_computed_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    found = lesson(40, 0)
    whole = dropout_curvature(found.features, found.anchor)
    monkeypatch.setattr(module, "BLOCK_ROWS", 7)
    assert dropout_curvature(found.features, found.anchor) == pytest.approx(whole, abs=1e-6)
