"""The head: the dense layer that turns features into scores of the classes, as plain arrays."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


class Head(NamedTuple):
    """The weights that retraining fits.

    weights: float32 `(features, classes)`. bias: float32 `(classes,)`.
    """

    weights: Floats
    bias: Floats

    def scores(self, features: Floats) -> Floats:
        """Return the logits of features `(n, features)`: float32 `(n, classes)`."""
        logits: Floats = features @ self.weights + self.bias
        return logits

    def probabilities(self, features: Floats) -> Floats:
        """Return the class probabilities of features `(n, features)`: float32 `(n, classes)`."""
        return softmax(self.scores(features))

    def log_probabilities(self, features: Floats) -> Floats:
        """Return the logarithms of the class probabilities: float32 `(n, classes)`."""
        return log_softmax(self.scores(features))


# NumPy instead of scipy.special: the same operations in the same order, so the same bits, and a
# process that only predicts does not load SciPy. Scores are shifted by the maximum of their row,
# which changes no probability and keeps exp() from overflowing.


def softmax(scores: Floats) -> Floats:
    """Return the softmax of each row of scores `(n, classes)`."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    probabilities: Floats = powers / powers.sum(axis=1, keepdims=True)
    return probabilities


def log_softmax(scores: Floats) -> Floats:
    """Return the logarithm of the softmax of each row of scores `(n, classes)`.

    It stays exact where the softmax itself rounds to 0 or 1.
    """
    shifted = scores - scores.max(axis=1, keepdims=True)
    logarithms: Floats = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return logarithms
