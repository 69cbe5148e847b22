"""A model file says nothing that Keras 2 did not know, whatever the version that trained it."""

import io
import json
from typing import Any

import h5py
import numpy as np
import pytest

from pipeline.model.file import write_model
from pipeline.model.keras_config import LAYERS, describe_network
from pipeline.model.predict import FEATURES, Predictor

COMMON = {"name", "trainable", "dtype"}
CONVOLUTION = COMMON | {
    "filters", "kernel_size", "strides", "padding", "data_format", "dilation_rate", "activation",
    "use_bias", "kernel_initializer", "bias_initializer",
}  # fmt: skip
POOL = COMMON | {"pool_size", "strides", "padding", "data_format"}
KEYS = [
    {"name", "batch_input_shape", "dtype", "sparse", "ragged"},
    CONVOLUTION,
    POOL,
    CONVOLUTION,
    POOL,
    COMMON | {"data_format"},
    COMMON | {"rate", "noise_shape", "seed"},
    COMMON | {"units", "activation", "use_bias", "kernel_initializer", "bias_initializer"},
]


def a_predictor(classes: int) -> Predictor:
    rng = np.random.default_rng(classes)
    shapes = ((9, 32), (32,), (288, 64), (64,), (FEATURES, classes), (classes,))
    return Predictor(*(rng.normal(size=shape).astype(np.float32) for shape in shapes))


@pytest.fixture
def written() -> Any:
    with h5py.File(io.BytesIO(write_model(a_predictor(3)))) as file:
        yield file


def layers_of(file: Any) -> list[dict[str, Any]]:
    layers: list[dict[str, Any]] = json.loads(file.attrs["model_config"])["config"]["layers"]
    return layers


def test_each_layer_has_the_words_of_keras_2_alone(written: Any) -> None:
    assert [set(layer["config"]) for layer in layers_of(written)] == KEYS
    assert [set(layer) for layer in layers_of(written)] == [{"class_name", "config"}] * 8


def test_every_value_is_plain_no_type_or_initializer_is_an_object(written: Any) -> None:
    values = [value for layer in layers_of(written) for value in layer["config"].values()]
    assert not any(isinstance(value, dict) for value in values)
    assert {layer["config"]["dtype"] for layer in layers_of(written)} == {"float32"}


def test_the_layers_are_the_contract_s(written: Any) -> None:
    names = [layer["class_name"] for layer in layers_of(written)]
    assert names == ["InputLayer", *LAYERS]
    assert layers_of(written)[0]["config"]["batch_input_shape"] == [None, 28, 28, 1]


@pytest.mark.parametrize("classes", [2, 20, 255])
def test_the_head_has_as_many_units_as_there_are_classes(classes: int) -> None:
    assert describe_network(classes)["config"]["layers"][-1]["config"]["units"] == classes


def test_the_file_and_its_weights_name_a_version_of_keras_2(written: Any) -> None:
    for place in (written, written["model_weights"]):
        assert (place.attrs["keras_version"], place.attrs["backend"]) == (b"2.15.0", b"tensorflow")


def test_every_text_is_bytes_of_a_fixed_length(written: Any) -> None:
    """Keras before 2.5 calls `decode` on texts, which h5py hands out as str otherwise."""
    groups = [written, written["model_weights"], *written["model_weights"].values()]
    texts = [group.attrs.get_id(name) for group in groups for name in group.attrs]
    assert {text.dtype.kind for text in texts} == {"S"}


def test_weights_are_named_as_keras_2_names_them(written: Any) -> None:
    weights = written["model_weights"]
    assert {
        name: list(group.attrs["weight_names"])
        for name, group in weights.items()
        if len(group.attrs["weight_names"])
    } == {
        name: [f"{name}/kernel:0".encode(), f"{name}/bias:0".encode()]
        for name in ("conv_1", "conv_2", "head")
    }


def test_written_twice_the_bytes_are_identical() -> None:
    assert write_model(a_predictor(4)) == write_model(a_predictor(4))
