"""How two files differ is said exactly."""

import json

import numpy as np
import pytest

from pipeline.model.file import read_predictor, write_model
from pipeline.rebuilding.compare import compare_files
from tests._small_model import make_model


def test_equal_files_differ_in_nothing() -> None:
    assert compare_files("a.bin", b"abc", b"abc") == []


def test_the_first_byte_that_differs_is_named() -> None:
    assert compare_files("a.bin", b"abcd", b"axcx") == ["2 of 4 bytes differ, the first is byte 1"]


def test_another_length_is_named() -> None:
    assert compare_files("a.onnx", b"abcd", b"abc") == ["3 bytes were rebuilt, and 4 were recorded"]


def test_arrays_of_a_model_are_named_with_their_largest_difference() -> None:
    before = make_model()
    model = read_predictor(before)
    bias = model.head_bias.copy()
    bias[1] += np.float32(0.5)
    after = write_model(model._replace(head_bias=bias))
    assert compare_files("q.h5", write_model(model), after) == [
        f"dense/bias: 1 of {len(bias)} numbers differ, by 0.5 at most"
    ]


def test_a_model_that_differs_beside_its_arrays_is_told_from_one_that_guesses_otherwise() -> None:
    model = read_predictor(make_model())
    named = write_model(model, ["x"] * len(model.head_bias))
    (told,) = compare_files("q.h5", write_model(model), named)
    assert told.startswith("all arrays are equal, but ")


def test_a_damaged_model_is_named() -> None:
    (told,) = compare_files("q.h5", b"nothing", make_model())
    assert "cannot be read" in told


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({"a": {"b": 1}}, {"a": {"b": 2}}, "a.b: 1 recorded, 2 rebuilt"),
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}, "a[1].b: 2 recorded, 3 rebuilt"),
        ({"a": 1}, {}, "a: 1 recorded, nothing rebuilt"),
        ({}, {"a": None}, "a: nothing recorded, null rebuilt"),
        ({"a": [1]}, {"a": [1, 2]}, "a: [1] recorded, [1, 2] rebuilt"),
    ],
)
def test_fields_of_json_are_named_with_both_values(
    before: object, after: object, told: str
) -> None:
    pair = (json.dumps(value).encode() for value in (before, after))
    assert compare_files("a.json", *pair) == [told]


def test_many_fields_are_counted() -> None:
    before, after = (json.dumps(dict.fromkeys(range(30), value)).encode() for value in (0, 1))
    told = compare_files("a.json", before, after)
    assert len(told) == 9
    assert told[-1] == "and 22 more fields"


def test_json_that_is_written_otherwise_is_told_by_its_bytes() -> None:
    (told,) = compare_files("a.json", b'{"a": 1}', b'{"a":1}')
    assert told == "7 bytes were rebuilt, and 8 were recorded"
