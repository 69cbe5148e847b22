"""Champion and challenger on the same rows, in one pass over features that need not fit into memory."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from pipeline.dataset import Labels
from pipeline.head import Head
from pipeline.one_thread import one_blas_thread

ROWS = 4096  # in float32 at once: 26 MB


class Both(NamedTuple):
    """What both say about the same rows. labels: uint8 `(n,)`. champion, challenger: probabilities, float32 `(n, classes)`."""

    labels: Labels
    champion: NDArray[np.float32]
    challenger: NDArray[np.float32]

    def rows(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> "Both":
        """A part of them."""
        return Both(self.labels[chosen], self.champion[chosen], self.challenger[chosen])


def said_by_both(features: NDArray[np.floating], labels: Labels, champion: Head, challenger: Head) -> Both:
    """Both heads on features `(n, 1600)`, float16 or float32, perhaps memory-mapped."""
    weights, bias = (np.concatenate(parts, axis=-1) for parts in zip(champion, challenger, strict=True))
    classes = len(champion.bias)
    said = np.empty((2, len(labels), classes), np.float32)
    with one_blas_thread():
        for at in range(0, len(labels), ROWS):
            scores = np.asarray(features[at : at + ROWS], np.float32) @ weights + bias
            said[0, at : at + ROWS] = softmax(scores[:, :classes], axis=1)
            said[1, at : at + ROWS] = softmax(scores[:, classes:], axis=1)
    return Both(labels, said[0], said[1])


def losses(probabilities: NDArray[np.float32], labels: Labels) -> NDArray[np.float32]:
    """float32 `(n,)`: each row's cross-entropy."""
    given = probabilities[np.arange(len(labels)), labels]
    lost: NDArray[np.float32] = -np.log(np.maximum(given, 1e-12))
    return lost
