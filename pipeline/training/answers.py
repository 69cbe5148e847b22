"""Players' answers as rows of a training, beside the base rows."""

import hashlib
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.dataset.hdf5 import Rows
from pipeline.drawings import Images, Labels
from pipeline.training.fitting import Splits


class Answers(NamedTuple):
    """Drawings that players said the class of.

    images: uint8 `(n, 28, 28)`. labels: uint8 `(n,)`. weights: float32 `(n,)`, how much each
    counts; a base row counts 1.
    """

    images: Images
    labels: Labels
    weights: NDArray[np.float32]

    @property
    def digest(self) -> str:
        """The sha256 (hex) of drawings, labels and weights."""
        state = hashlib.sha256()
        for part in self:
            state.update(np.ascontiguousarray(part).tobytes())
        return state.hexdigest()


def add_answers(splits: Splits, answers: Answers, classes: int) -> Splits:
    """Return splits whose train split has the answers behind its rows, with a weight for each row.

    Each class keeps the share that it has of the base rows: players answer about some classes more
    often than about others, and this shows what a class looks like, not how often it is drawn. A
    class without base rows keeps its weights. The mean of all weights is 1, so that a learning rate
    means what it means without answers.
    """
    base = splits.train
    labels = np.concatenate([base.labels, answers.labels])
    weights = np.concatenate([np.ones(len(base.labels)), answers.weights])
    of_base = np.bincount(base.labels, minlength=classes)
    of_all = np.bincount(labels, weights, classes)
    factors = np.where(of_base > 0, of_base / np.maximum(of_all, 1e-9), 1.0)
    weights *= factors[labels]
    weights /= weights.mean()
    images = np.concatenate([base.images, answers.images])
    return Splits(Rows(images, labels), splits.val, weights.astype(np.float32))
