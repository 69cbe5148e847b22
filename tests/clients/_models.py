"""Models with made-up weights, and their bytes as the web client reads them."""

import numpy as np

from pipeline.model.predict import Predictor


def make_predictor(seed: int, classes: int = 20) -> Predictor:
    """Return a model with weights as large as trained ones."""
    rng = np.random.default_rng(seed)

    def weights(*shape: int) -> np.ndarray:
        return rng.normal(0, shape[0] ** -0.5, shape).astype(np.float32)

    return Predictor(
        weights(9, 32),
        weights(32) * 0.1,
        weights(288, 64),
        weights(64) * 0.1,
        weights(1600, classes) * 4,
        weights(classes) * 0.1,
    )


def dump_weights(model: Predictor) -> bytes:
    """Return the bytes of weights.bin."""
    return b"".join(np.ascontiguousarray(part, "<f4").tobytes() for part in model)


def dump_head(model: Predictor) -> bytes:
    """Return the bytes of head.bin."""
    return b"".join(np.ascontiguousarray(part, "<f4").tobytes() for part in model[-2:])
