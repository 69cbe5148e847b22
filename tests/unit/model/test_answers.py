"""Both heads in one pass give the probabilities that each gives alone."""

import numpy as np
import pytest
from scipy.special import softmax

from pipeline.model import answers as module
from pipeline.model.answers import cross_entropies, predict_both
from tests.unit.fit._lessons import USUAL, lesson


@pytest.mark.parametrize("kind", [np.float16, np.float32])
def test_both_heads_give_the_probabilities_that_each_gives_alone(
    kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ROWS", 4)
    one, head = lesson(9, 1).anchor, lesson(20, 8).solved(USUAL)
    features, labels = lesson(9, 1).features.astype(kind), lesson(9, 1).labels
    paired = predict_both(features, labels, one, head)
    for probabilities, alone in ((paired.champion, one), (paired.challenger, head)):
        assert probabilities == pytest.approx(
            softmax(features.astype(np.float32) @ alone.weights + alone.bias, axis=1), abs=1e-6
        )


def test_the_loss_is_the_cross_entropy_and_finite_at_zero() -> None:
    probabilities = np.array([[0.25, 0.75], [1, 0]], np.float32)
    assert cross_entropies(probabilities, np.array([1, 1], np.uint8)) == pytest.approx(
        [-np.log(0.75), -np.log(1e-12)]
    )
