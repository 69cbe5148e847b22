"""The Keras .h5 file of a model, read and given another head as the plain HDF5 that it is. Nothing in it is executed."""

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
SHAPES = ((3, 3, 1, 32), (32,), (3, 3, 32, 64), (64,))  # of the convolutions' weights


def load_predictor(data: bytes, sha256: str) -> Predictor:
    """The predictor of a model file. Raises InvalidModel when the digest or the weights are not ours."""
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise InvalidModel(
            f"the model file has sha256 {found}, not {sha256}: it is damaged or foreign; promote another version"
        )
    try:
        layers, weights = _read(data)
    except (OSError, KeyError, ValueError, TypeError) as fault:
        raise InvalidModel(
            f"the model file cannot be read ({fault}): promote another version"
        ) from fault
    classes = weights[-1].shape[-1:] if weights else ()
    if layers != LAYERS or [array.shape for array in weights] != [
        *SHAPES,
        (FEATURES, *classes),
        classes,
    ]:
        raise InvalidModel(
            "the model file has other layers than DESIGN's CNN: promote another version"
        )
    return Predictor(
        *(array.reshape(-1, array.shape[-1]) if array.ndim > 1 else array for array in weights)
    )


def replace_head(data: bytes, head: Head) -> bytes:
    """The file of the same backbone under another head of the same shape: what Keras would write, byte for byte."""
    changed = io.BytesIO(data)
    with h5py.File(changed, "r+") as file:
        *_, kernel, bias = _weights(file)
        kernel[...], bias[...] = head.weights, head.bias
    return changed.getvalue()


def _read(data: bytes) -> tuple[list[str], list[NDArray[np.float32]]]:
    """The kinds of the layers in a file, and all weights, in order."""
    with h5py.File(io.BytesIO(data)) as file:
        layers = [
            layer["class_name"]
            for layer in json.loads(file.attrs["model_config"])["config"]["layers"]
        ]
        weights = [np.array(weight, np.float32) for weight in _weights(file)]
    return [layer for layer in layers if layer != "InputLayer"], weights


def _weights(file: h5py.File) -> Iterator[h5py.Dataset]:
    layers = file["model_weights"]
    for layer in layers.attrs["layer_names"]:
        yield from (layers[layer][name] for name in layers[layer].attrs["weight_names"])
