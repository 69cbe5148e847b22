"""weights.bin and head.bin hold Keras's weights in Keras's order, and nothing else."""

import io

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import InvalidModel
from pipeline.formats.weights import dump_head, dump_weights, read_head, read_weights
from pipeline.model.file import write_model
from pipeline.model.predict import Predictor
from tests._examples import examples
from tests.unit.formats._models import random_model


def test_the_numbers_are_those_of_the_h5_file_in_the_order_in_which_it_names_them(
    model: Predictor,
) -> None:
    with h5py.File(io.BytesIO(write_model(model))) as file:
        layers = file["model_weights"]
        arrays = [
            layers[layer][name][()]
            for layer in layers.attrs["layer_names"]
            for name in layers[layer].attrs["weight_names"]
        ]
    assert [array.shape for array in arrays] == [
        (3, 3, 1, 32), (32,), (3, 3, 32, 64), (64,), (1600, 20), (20,),
    ]  # fmt: skip
    expected = np.concatenate([array.astype("<f4").ravel() for array in arrays]).tobytes()
    assert dump_weights(model) == expected
    assert expected.endswith(dump_head(model))


def test_with_twenty_classes_they_have_the_size_that_is_documented(model: Predictor) -> None:
    assert (len(dump_weights(model)), len(dump_head(model))) == (203_344, 128_080)


@settings(max_examples=examples(32))
@given(st.integers(2, 255))
def test_what_was_written_is_read_for_any_number_of_classes(classes: int) -> None:
    model = random_model(classes, classes)
    read = read_weights(dump_weights(model))
    assert all(np.array_equal(*pair) for pair in zip(read, model, strict=True))
    head = read_head(dump_head(model))
    assert all(np.array_equal(*pair) for pair in zip(head, model.head, strict=True))


@pytest.mark.parametrize("size", [0, 3, 4, 75_264, 203_340, 203_343])
def test_a_file_that_was_cut_off_is_refused(model: Predictor, size: int) -> None:
    with pytest.raises(InvalidModel, match="cut off"):
        read_weights(dump_weights(model)[:size])


@pytest.mark.parametrize("size", [0, 2, 128_076])
def test_a_head_that_was_cut_off_is_refused(model: Predictor, size: int) -> None:
    with pytest.raises(InvalidModel, match="cut off"):
        read_head(dump_head(model)[:size])
