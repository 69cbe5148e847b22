"""The Keras .h5 file of a model, read and written as plain HDF5, so that no code in it can run."""

import hashlib
import io
import json
from collections.abc import Iterator

import h5py
import numpy as np
from numpy.typing import NDArray

from pipeline.errors import InvalidModel
from pipeline.model.head import Head
from pipeline.model.predict import FEATURES, Predictor

LAYERS = ["Conv2D", "MaxPooling2D", "Conv2D", "MaxPooling2D", "Flatten", "Dropout", "Dense"]
SHAPES = ((3, 3, 1, 32), (32,), (3, 3, 32, 64), (64,))  # weights and biases of the convolutions
OTHER_LAYERS = (
    "the model file has other layers than this version of Redraw expects: promote another version"
)


def check_sha256(data: bytes, expected: str) -> None:
    """Raise InvalidModel when the sha256 (hex) of a model file is not the expected one."""
    digest = hashlib.sha256(data).hexdigest()
    if digest != expected:
        raise InvalidModel(
            f"the model file has sha256 {digest}, not {expected}: "
            "it is damaged or foreign; promote another version"
        )


def load_predictor(data: bytes, sha256: str) -> Predictor:
    """Return the predictor of a model file whose digest is known.

    Args:
        data: the bytes of the .h5 file.
        sha256: the digest (hex) that was recorded when the file was published.

    Raises:
        InvalidModel: the digest, the layers or the weights are not the expected ones.
    """
    check_sha256(data, sha256)
    return read_predictor(data)


def read_predictor(data: bytes) -> Predictor:
    """Return the predictor of a model file that this process made itself or has checked already.

    Raises InvalidModel when the layers or the weights are not the expected ones.
    """
    try:
        layers, weights = _read(data)
    except (OSError, KeyError, ValueError, TypeError) as fault:
        raise InvalidModel(
            f"the model file cannot be read ({fault}): promote another version"
        ) from fault
    classes = weights[-1].shape[-1:] if weights else ()
    expected = [*SHAPES, (FEATURES, *classes), classes]
    if layers != LAYERS or [array.shape for array in weights] != expected:
        raise InvalidModel(OTHER_LAYERS)
    return Predictor(
        *(array.reshape(-1, array.shape[-1]) if array.ndim > 1 else array for array in weights)
    )


def replace_head(data: bytes, head: Head) -> bytes:
    """Return the model file with another head of the same shape, byte for byte as Keras writes it.

    Args:
        data: the bytes of the .h5 file; they are not changed.
        head: the new weights.
    """
    changed = io.BytesIO(data)
    with h5py.File(changed, "r+") as file:
        *_, kernel, bias = _iterate_weights(file)
        kernel[...], bias[...] = head.weights, head.bias
    return changed.getvalue()


def _read(data: bytes) -> tuple[list[str], list[NDArray[np.float32]]]:
    """Return the class names of the layers in a model file, and all weights, in order."""
    with h5py.File(io.BytesIO(data)) as file:
        layers = [
            layer["class_name"]
            for layer in json.loads(file.attrs["model_config"])["config"]["layers"]
        ]
        weights = [np.array(weight, np.float32) for weight in _iterate_weights(file)]
    return [layer for layer in layers if layer != "InputLayer"], weights


def _iterate_weights(file: h5py.File) -> Iterator[h5py.Dataset]:
    """Yield the weights of all layers in their order."""
    layers = file["model_weights"]
    for layer in layers.attrs["layer_names"]:
        yield from (layers[layer][name] for name in layers[layer].attrs["weight_names"])
