"""Small lessons of random rows, for the tests of what is made of them."""

from typing import Any

import numpy as np

from pipeline.fit.lesson import Hyperparameters, TrainingSet, build_training_set
from pipeline.model.head import Head

CLASSES = 4
WIDTH = 7
USUAL = Hyperparameters(20, 1e-2)


def rows(count: int, seed: int = 0) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    return np.maximum(rng.normal(size=(count, WIDTH)), 0).astype(np.float16), rng.integers(
        0, CLASSES, count
    ).astype(np.uint8)


def lesson(base: int, played: int) -> TrainingSet:
    rng = np.random.default_rng(9)
    anchor = Head(
        rng.normal(size=(WIDTH, CLASSES)).astype(np.float32), np.zeros(CLASSES, np.float32)
    )
    return build_training_set(rows(base), rows(played, 1), anchor)
