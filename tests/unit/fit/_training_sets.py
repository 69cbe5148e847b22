"""Small training sets of random rows."""

from typing import Any

import numpy as np

from pipeline.fit.training_set import Answers, Hyperparameters, TrainingSet, build_training_set
from pipeline.model.head import Head

CLASSES = 4
WIDTH = 7
DEFAULT = Hyperparameters(20, 1e-2)


def random_rows(count: int, seed: int = 0) -> tuple[Any, Any]:
    """Return float16 features `(count, 7)` and labels `(count,)`."""
    rng = np.random.default_rng(seed)
    features = np.maximum(rng.normal(size=(count, WIDTH)), 0).astype(np.float16)
    return features, rng.integers(0, CLASSES, count).astype(np.uint8)


def random_training_set(base: int, answers: int) -> TrainingSet:
    rng = np.random.default_rng(9)
    anchor = Head(
        rng.normal(size=(WIDTH, CLASSES)).astype(np.float32), np.zeros(CLASSES, np.float32)
    )
    return build_training_set(random_rows(base), Answers(*random_rows(answers, 1)), anchor)
