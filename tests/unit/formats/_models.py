"""Models with random weights, and drawings."""

import numpy as np

from pipeline.drawings import Images
from pipeline.model.predict import Predictor


def random_model(seed: int = 1, classes: int = 20) -> Predictor:
    """Weights and biases about as large as trained ones."""
    rng = np.random.default_rng(seed)
    shapes = ((9, 32), (32,), (288, 64), (64,), (1600, classes), (classes,))
    return Predictor(*(rng.normal(0, 0.1, shape).astype(np.float32) for shape in shapes))


def random_drawings(count: int, seed: int = 2) -> Images:
    rng = np.random.default_rng(seed)
    ink = rng.random((count, 28, 28)) < 0.2
    return (rng.integers(0, 256, (count, 28, 28)) * ink).astype(np.uint8)


def flip_bit(data: bytes, place: int, bit: int = 0) -> bytes:
    changed = bytearray(data)
    changed[place] ^= 1 << bit
    return bytes(changed)
