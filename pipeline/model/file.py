"""The Keras .h5 file of a model, read and written as plain HDF5, so that no code in it can run.

Baselines and retrains are written by the same function: equal weights give equal bytes, and any
Keras since 2.15 opens the file (see keras_config.py).
"""

import hashlib
import io
import json
from collections.abc import Iterator, Sequence

import h5py
import numpy as np
from numpy.typing import NDArray

from pipeline.errors import InvalidModel
from pipeline.model.head import Head
from pipeline.model.keras_config import FORMAT_VERSION, LAYERS, describe_network
from pipeline.model.network import SHAPES, make_predictor
from pipeline.model.predict import Predictor

WEIGHTED = {"Conv2D", "Dense"}  # the layers that have a kernel and a bias


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
    return make_predictor(layers, weights)


def read_model_categories(data: bytes) -> tuple[str, ...] | None:
    """Return the classes that a model file names, in the order of their labels.

    None if it names none, as files that Redraw did not write. `data` is a file that is known to be
    a model.
    """
    with h5py.File(io.BytesIO(data)) as file:
        named = file.attrs.get("categories")
    return tuple(json.loads(named)) if isinstance(named, str) else None


def write_model(predictor: Predictor, categories: Sequence[str] | None = None) -> bytes:
    """Return the .h5 file with these weights: the same bytes for the same weights.

    Args:
        predictor: the weights.
        categories: the names of the classes, which the file then tells; None leaves them out.
    """
    kernels = [array.reshape(shape) for array, shape in zip(predictor[:-2], SHAPES, strict=True)]
    arrays = iter([*kernels, *predictor.head])
    network = describe_network(len(predictor.head_bias))
    buffer = io.BytesIO()
    # Texts that Keras reads are of fixed length: every version of h5py hands those out as bytes,
    # which every version of Keras decodes. Objects are made in one order and without times: both
    # would be in the bytes.
    with h5py.File(buffer, "w") as file:
        file.attrs["model_config"] = np.bytes_(json.dumps(network))
        if categories is not None:
            file.attrs["categories"] = json.dumps(list(categories))
        group = file.create_group("model_weights")
        for place in (file, group):
            place.attrs["keras_version"] = np.bytes_(FORMAT_VERSION)
            place.attrs["backend"] = np.bytes_("tensorflow")
        names = [layer["config"]["name"] for layer in network["config"]["layers"][1:]]
        group.attrs["layer_names"] = np.array(names, np.bytes_)
        for name, layer in zip(names, LAYERS, strict=True):
            weights = [f"{name}/kernel:0", f"{name}/bias:0"] if layer in WEIGHTED else []
            group.create_group(name).attrs["weight_names"] = np.array(weights, np.bytes_)
            for weight in weights:
                group[name].create_dataset(
                    weight, data=next(arrays), dtype=np.float32, track_times=False
                )
    return buffer.getvalue()


def replace_head(data: bytes, head: Head) -> bytes:
    """Return the model file with another head.

    Args:
        data: the bytes of the .h5 file; they are not changed.
        head: the new weights.
    """
    backbone = read_predictor(data)[:-2]
    return write_model(Predictor(*backbone, *head), read_model_categories(data))


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
