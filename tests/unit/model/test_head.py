"""The head's probabilities are those of SciPy, to the bit."""

import math

import numpy as np
import pytest
from scipy import special

from pipeline.model.head import Head


@pytest.fixture(params=[1e-3, 1.0, 30.0])
def head(request: pytest.FixtureRequest) -> Head:
    rng = np.random.default_rng(1)
    weights = rng.normal(0, request.param, (50, 20)).astype(np.float32)
    return Head(weights, rng.normal(0, 1, 20).astype(np.float32))


@pytest.fixture
def features() -> np.ndarray:
    return np.random.default_rng(2).random((300, 50), np.float32)


def test_scores_are_a_linear_function_of_the_features(head: Head, features: np.ndarray) -> None:
    exact = features.astype(float) @ head.weights.astype(float) + head.bias
    assert head.scores(features) == pytest.approx(exact, rel=1e-4, abs=1e-3)


def test_probabilities_are_those_of_scipy(head: Head, features: np.ndarray) -> None:
    expected = special.softmax(features @ head.weights + head.bias, axis=1)
    probabilities = head.probabilities(features)
    assert probabilities.dtype == np.float32
    assert probabilities.tobytes() == expected.tobytes()


def test_log_probabilities_are_those_of_scipy(head: Head, features: np.ndarray) -> None:
    expected = special.log_softmax(features @ head.weights + head.bias, axis=1)
    logarithms = head.log_probabilities(features)
    assert logarithms.dtype == np.float32
    assert logarithms.tobytes() == expected.tobytes()


def test_probabilities_of_a_head_are_the_softmax_of_its_scores() -> None:
    head = Head(np.array([[1, 0, -1], [0, 2, 0]], np.float32), np.array([0, 0.5, 0], np.float32))
    probabilities = head.probabilities(np.array([[3, 1]], np.float32))
    powers = [math.exp(score) for score in (3, 2.5, -3)]
    assert probabilities[0] == pytest.approx([power / sum(powers) for power in powers], rel=1e-5)


def test_huge_scores_give_finite_probabilities() -> None:
    head = Head(np.full((2, 3), 1e20, np.float32), np.zeros(3, np.float32))
    assert np.isfinite(head.probabilities(np.ones((1, 2), np.float32))).all()
