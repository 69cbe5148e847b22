"""The CNN: 50,836 parameters for twenty classes. Building it, its bytes, and its two parts, backbone and head."""

import hashlib
import os
import tempfile
import warnings
from pathlib import Path
from typing import Any

os.environ.setdefault(
    "TF_CPP_MIN_LOG_LEVEL", "3"
)  # TensorFlow's chatter; its errors still come as exceptions

import keras

from pipeline.categories import CATEGORIES
from pipeline.drawings import SIDE
from pipeline.errors import InvalidModel

FEATURES = 1600
DROPOUT = 0.5
PARAMETERS = 50_836  # with 20 classes: 320 + 18,496 + 32,020


def build_model(classes: int = len(CATEGORIES)) -> Any:
    """A fresh keras.Model: float32 `(n, 28, 28, 1)` in [0, 1] to probabilities `(n, classes)`."""
    layers = keras.layers
    return keras.Sequential(
        [
            # Named, because Keras numbers nameless layers by the process, and the same weights must give the same bytes.
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


def dump_model(model: Any) -> bytes:
    """The model as a Keras .h5 file: the same bytes for the same weights."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        path = Path(folder) / "quickdraw.h5"
        save_model(model, path)
        return path.read_bytes()


def save_model(model: Any, path: Path) -> None:
    """Writes the .h5 file that the game loads."""
    from absl import logging as keras_log  # Keras says through absl that .h5 is "legacy", each time

    level = keras_log.get_verbosity()
    keras_log.set_verbosity(keras_log.ERROR)
    try:
        model.save(path)
    finally:
        keras_log.set_verbosity(level)


def load_model(data: bytes, sha256: str) -> Any:
    """The keras.Model in `data`. Raises InvalidModel when the digest or the layers are not ours: a .h5 file may carry code."""
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise InvalidModel(
            f"the model file has sha256 {found}, not {sha256}: it is damaged or foreign; promote another version"
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "quickdraw.h5"
        path.write_bytes(data)
        model = keras.models.load_model(path, compile=False)
    if [layer.__class__.__name__ for layer in model.layers] != [
        layer.__class__.__name__ for layer in build_model().layers
    ]:
        raise InvalidModel(
            "the model file has other layers than DESIGN's CNN: promote another version"
        )
    return model
