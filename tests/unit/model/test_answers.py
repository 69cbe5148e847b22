"""Both heads in one pass give the probabilities that each gives alone."""

import numpy as np
import pytest
from scipy.special import softmax

from pipeline.model import answers as module
from pipeline.model.answers import cross_entropies, predict_both
from tests.unit.fit._training_sets import DEFAULT, random_training_set


@pytest.mark.parametrize("kind", [np.float16, np.float32])
def test_both_heads_give_the_probabilities_that_each_gives_alone(
    kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ROWS", 4)
    training_set = random_training_set(9, 1)
    champion, challenger = training_set.anchor, random_training_set(20, 8).fit(DEFAULT)
    features, labels = training_set.features.astype(kind), training_set.labels
    predicted = predict_both(features, labels, champion, challenger)
    for probabilities, head in (
        (predicted.champion, champion),
        (predicted.challenger, challenger),
    ):
        scores = features.astype(np.float32) @ head.weights + head.bias
        assert probabilities == pytest.approx(softmax(scores, axis=1), abs=1e-6)


def test_the_loss_is_the_cross_entropy_and_finite_at_nothing() -> None:
    probabilities = np.array([[0.25, 0.75], [1, 0]], np.float32)
    assert cross_entropies(probabilities, np.array([1, 1], np.uint8)) == pytest.approx(
        [-np.log(0.75), -np.log(1e-12)]
    )
