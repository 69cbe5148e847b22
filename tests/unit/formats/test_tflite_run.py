"""A .tflite file is computed by what it says, and named where it says what ours do not."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.categories import CATEGORIES
from pipeline.drawings import Images
from pipeline.errors import InvalidModel
from pipeline.formats.flatbuffer import pack, unpack
from pipeline.formats.quantise import restore_quantised
from pipeline.formats.tflite_run import run_tflite
from pipeline.formats.tflite_write import write_int8_tflite, write_tflite
from pipeline.model.predict import Predictor
from tests._examples import examples
from tests.unit.formats._models import flip_bit, random_drawings, random_model

CLOSE = 1e-6
FILES = {
    "float": write_tflite(random_model(), CATEGORIES),
    "int8": write_int8_tflite(random_model(), CATEGORIES),
}
ONE = random_drawings(1)


def repack(file: dict[str, Any]) -> bytes:
    """Write what was read. The options' number follows from their table."""
    for step in file["subgraphs"][0]["operators"]:
        del step["builtin_options_type"]
        if step["builtin_options"] is None:
            del step["builtin_options"]
    for tensor in file["subgraphs"][0]["tensors"]:
        if tensor["quantization"] is None:
            del tensor["quantization"]
    return pack("Model", file)


def test_it_computes_what_the_model_does(model: Predictor, drawings: Images) -> None:
    answers = run_tflite(FILES["float"], drawings)
    assert answers.dtype == np.float32
    assert np.abs(answers - model.probabilities(drawings)).max() < CLOSE


def test_it_computes_with_int8_what_the_restored_weights_give(
    model: Predictor, drawings: Images
) -> None:
    answers = run_tflite(FILES["int8"], drawings)
    assert np.abs(answers - restore_quantised(model).probabilities(drawings)).max() < CLOSE


@pytest.mark.parametrize("data", FILES.values(), ids=FILES)
def test_what_was_read_is_written_with_the_same_meaning(data: bytes) -> None:
    assert np.array_equal(run_tflite(repack(unpack("Model", data)), ONE), run_tflite(data, ONE))


def test_a_file_without_weights_is_named() -> None:
    # What `from_concrete_functions` writes of a Keras 3 model: the graph, and empty buffers.
    file = unpack("Model", FILES["float"])
    file["buffers"] = [
        each if len(each["data"]) < 100 else {"data": b""} for each in file["buffers"]
    ]
    hollow = repack(file)
    assert len(hollow) < 5000
    with pytest.raises(InvalidModel, match="its weights are missing"):
        run_tflite(hollow, ONE)


def set_option(place: int, name: str, value: int) -> Callable[[Any], None]:
    def change(file: Any) -> None:
        file["subgraphs"][0]["operators"][place]["builtin_options"][1][name] = value

    return change


def set_field(part: str, place: int, name: str, value: Any) -> Callable[[Any], None]:
    def change(file: Any) -> None:
        within = file if part in file else file["subgraphs"][0]
        within[part][place][name] = value

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (set_option(0, "padding", 0), "padding is 0"),
        (set_option(0, "stride_w", 2), "stride_w is 2"),
        (set_option(2, "dilation_h_factor", 2), "dilation_h_factor is 2"),
        (set_option(0, "fused_activation_function", 3), "its activation is 3"),
        (set_option(1, "stride_h", 1), r"pool_1 is \(1, 25, 13, 32\)"),
        (set_option(5, "keep_num_dims", 1), "keep_num_dims is 1"),
        (set_field("operator_codes", 0, "builtin_code", 4), "an operator that ours have not"),
        (set_field("operators", 0, "inputs", [0, 99, 4]), "its weights are missing"),
        (set_field("operators", 0, "outputs", [7, 8]), "names 2 tensors"),
        (set_field("tensors", 1, "buffer", 99), "number 99 of 18"),
        (set_field("tensors", 1, "type", 1), "type 1, which ours have not"),
        (set_field("tensors", 1, "shape", [32, 3, 3, 2]), "bytes for"),
        (lambda file: file.update(version=2), "another version"),
    ],
)
def test_what_ours_do_not_say_is_named(change: Callable[[Any], None], said: str) -> None:
    file = unpack("Model", FILES["float"])
    change(file)
    with pytest.raises(InvalidModel, match=said):
        run_tflite(repack(file), ONE)


@settings(max_examples=examples(200))
@given(st.sampled_from(sorted(FILES)), st.data())
def test_a_file_with_a_damaged_bit_is_computed_or_named_and_nothing_else(
    kind: str, chosen: st.DataObject
) -> None:
    data = FILES[kind]
    # The structure lies before and between the weights; most of it at the beginning.
    place = chosen.draw(st.integers(0, 6000) | st.integers(0, len(data) - 1))
    damaged = flip_bit(data, place, chosen.draw(st.integers(0, 7)))
    with suppress(InvalidModel):
        assert len(run_tflite(damaged, ONE)) == 1


@settings(max_examples=examples(60))
@given(st.sampled_from(sorted(FILES)), st.floats(0, 0.999))
def test_a_file_that_was_cut_off_is_named(kind: str, share: float) -> None:
    data = FILES[kind]
    with pytest.raises(InvalidModel):
        run_tflite(data[: int(share * len(data))], ONE)


def test_another_file_is_named() -> None:
    with pytest.raises(InvalidModel, match="TFL3"):
        run_tflite(b"\x89HDF\r\n\x1a\n" + bytes(100), ONE)
