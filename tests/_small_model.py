"""A model file with weights drawn at random, made in a millisecond, for tests of publications."""

from functools import cache

import numpy as np

from pipeline.categories import CATEGORIES
from pipeline.model.file import write_model
from pipeline.model.network import SHAPES
from pipeline.model.predict import FEATURES, Predictor


@cache
def make_model(seed: int = 0, classes: int = len(CATEGORIES)) -> bytes:
    rng = np.random.default_rng(seed)
    shapes = [*SHAPES, (FEATURES, classes), (classes,)]
    weights = [rng.normal(0, 0.05, shape).astype(np.float32) for shape in shapes]
    flat = (array.reshape(-1, array.shape[-1]) if array.ndim > 1 else array for array in weights)
    return write_model(Predictor(*flat), CATEGORIES[:classes])
