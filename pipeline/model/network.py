"""Make a predictor of the arrays of the CNN, whatever file they come from."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import InvalidModel
from pipeline.model.keras_config import LAYERS
from pipeline.model.predict import FEATURES, Predictor

SHAPES = ((3, 3, 1, 32), (32,), (3, 3, 32, 64), (64,))  # weights and biases of the convolutions
OTHER_LAYERS = (
    "the model file has other layers than this version of Redraw expects: promote another version"
)


def make_predictor(layers: Sequence[str], weights: Sequence[NDArray[np.float32]]) -> Predictor:
    """Return the predictor with these weights.

    Args:
        layers: the class names of the layers, without the input layer.
        weights: kernels and biases in the order and the shapes in which Keras has them.

    Raises:
        InvalidModel: the layers or the shapes are not the CNN's.
    """
    classes = weights[-1].shape[-1:] if weights else ()
    expected = [*SHAPES, (FEATURES, *classes), classes]
    if tuple(layers) != LAYERS or [array.shape for array in weights] != expected:
        raise InvalidModel(OTHER_LAYERS)
    return Predictor(
        *(array.reshape(-1, array.shape[-1]) if array.ndim > 1 else array for array in weights)
    )
