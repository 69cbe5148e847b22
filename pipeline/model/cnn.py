"""The CNN as a Keras model: building it, writing it to a file and loading it."""

import math
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

# Hides TensorFlow's log lines. It must be set before TensorFlow is imported; errors are still
# raised as exceptions.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras

from pipeline.drawings import SIDE
from pipeline.errors import InvalidModel
from pipeline.model.file import check_sha256, write_model
from pipeline.model.keras_config import DROPOUT, LAYERS
from pipeline.model.network import OTHER_LAYERS, SHAPES, make_predictor
from pipeline.model.predict import FEATURES


def build_model(classes: int) -> Any:
    """Return a new keras.Model with random weights.

    It takes float32 `(n, 28, 28, 1)` in [0, 1] and returns probabilities `(n, classes)`.
    """
    layers = keras.layers
    # Each layer has a name: Keras numbers layers without one through the whole process, and the
    # same weights must give the same bytes.
    return keras.Sequential(
        [
            layers.Input((SIDE, SIDE, 1), name="drawing"),
            layers.Conv2D(32, 3, activation="relu", name="conv_1"),
            layers.MaxPooling2D(name="pool_1"),
            layers.Conv2D(64, 3, activation="relu", name="conv_2"),
            layers.MaxPooling2D(name="pool_2"),
            layers.Flatten(name="features"),
            layers.Dropout(DROPOUT, name="dropout"),
            layers.Dense(classes, activation="softmax", name="head"),
        ],
        name="quickdraw",
    )


def count_parameters(classes: int) -> int:
    """Return how many parameters the CNN of the contract has: 50,836 with 20 classes."""
    convolutions = [math.prod(shape) for shape in SHAPES]  # 320 and 18,496, kernels and biases
    return sum(convolutions) + (FEATURES + 1) * classes


def dump_model(model: Any, categories: Sequence[str] | None = None) -> bytes:
    """Return the model as the bytes of a Keras .h5 file: the same bytes for the same weights.

    Args:
        model: the CNN.
        categories: the names of its classes, which the file then tells; None leaves them out.

    Raises:
        InvalidModel: the layers are not the CNN's.
    """
    layers = [layer.__class__.__name__ for layer in model.layers]
    return write_model(make_predictor(layers, model.get_weights()), categories)


def load_model(data: bytes, sha256: str) -> Any:
    """Return the keras.Model of a model file.

    Args:
        data: the bytes of the .h5 file.
        sha256: the expected digest (hex). It is checked first, since a .h5 file can contain code.

    Raises:
        InvalidModel: the digest or the layers are not the expected ones.
    """
    check_sha256(data, sha256)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "quickdraw.h5"
        path.write_bytes(data)
        model = keras.models.load_model(path, compile=False)
    if tuple(layer.__class__.__name__ for layer in model.layers) != LAYERS:
        raise InvalidModel(OTHER_LAYERS)
    return model
