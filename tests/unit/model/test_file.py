"""A model file with another head is the file that a baseline of these weights would be."""

from typing import Any

import numpy as np
import pytest

from pipeline.model.cnn import build_model, dump_model
from pipeline.model.file import read_model_categories, read_predictor, replace_head, write_model
from pipeline.model.head import Head
from tests.unit.model._keras_file import save_with_keras

HEAD = Head(np.full((1600, 20), 0.5, np.float32), np.arange(20, dtype=np.float32))


@pytest.fixture(scope="module")
def network() -> Any:
    return build_model(20)


@pytest.fixture(scope="module")
def data(network: Any) -> bytes:
    return dump_model(network)


def test_a_retrain_writes_the_file_that_a_baseline_of_its_weights_would(
    network: Any, data: bytes
) -> None:
    other = build_model(20)
    other.set_weights([*network.get_weights()[:-2], *HEAD])
    assert replace_head(data, HEAD) == dump_model(other)


def test_another_head_leaves_the_backbone_to_the_byte(data: bytes) -> None:
    changed = read_predictor(replace_head(data, HEAD))
    assert changed.backbone_digest == read_predictor(data).backbone_digest
    assert [part.tobytes() for part in changed.head] == [part.tobytes() for part in HEAD]


def test_the_same_head_gives_the_same_file(data: bytes) -> None:
    assert replace_head(data, read_predictor(data).head) == data


@pytest.mark.parametrize("layer", [0, 2])
def test_the_backbone_s_digest_depends_on_every_convolution(
    layer: int, network: Any, data: bytes
) -> None:
    other = build_model(20)
    weights = [part.copy() for part in network.get_weights()]
    weights[layer][0, 0, 0, 0] = np.nextafter(weights[layer][0, 0, 0, 0], np.float32(9))
    other.set_weights(weights)
    assert read_predictor(dump_model(other)).backbone_digest != read_predictor(data).backbone_digest


def test_the_head_of_a_file_that_keras_wrote_is_replaced_in_a_plain_file(network: Any) -> None:
    assert replace_head(save_with_keras(network), HEAD) == replace_head(dump_model(network), HEAD)


def test_a_file_says_its_classes_and_a_retrain_keeps_them(data: bytes) -> None:
    names = ["The Eiffel Tower", "кот", *(f"class {number}" for number in range(18))]
    named = write_model(read_predictor(data), names)
    assert read_model_categories(named) == tuple(names)
    assert read_model_categories(replace_head(named, HEAD)) == tuple(names)
    assert read_model_categories(data) is None


def test_the_longest_names_of_255_classes_fit_into_a_file(data: bytes) -> None:
    model = read_predictor(data)
    many = model._replace(
        head_weights=np.zeros((1600, 255), np.float32), head_bias=np.zeros(255, np.float32)
    )
    names = [f"{'ж' * 61}{number:03d}" for number in range(255)]
    named = write_model(many, names)
    assert read_model_categories(named) == tuple(names)
    assert write_model(many, names) == named
