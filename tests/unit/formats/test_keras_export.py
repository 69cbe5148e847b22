"""Keras's own export of the model and TensorFlow's own interpreter agree with our .tflite file."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.categories import CATEGORIES
from pipeline.drawings import Images, scale_pixels
from pipeline.formats.flatbuffer import unpack
from pipeline.formats.quantise import restore_quantised
from pipeline.formats.tflite_run import run_tflite
from pipeline.formats.tflite_write import write_int8_tflite, write_tflite
from pipeline.model.predict import Predictor

pytestmark = pytest.mark.slow

CLOSE = 1e-6


@pytest.fixture(scope="module")
def exported(model: Predictor) -> bytes:
    """What `export(format="litert")` of Keras writes for these weights."""
    import keras

    from pipeline.model.cnn import build_model

    built = build_model(20)
    kernels = [
        model.kernel_1.reshape(3, 3, 1, 32), model.bias_1,
        model.kernel_2.reshape(3, 3, 32, 64), model.bias_2,
        *model.head,
    ]  # fmt: skip
    built.set_weights(kernels)
    shape = keras.InputSpec(shape=(1, 28, 28, 1), dtype="float32", name="drawing")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.tflite"
        built.export(path, format="litert", input_signature=[shape], verbose=False)
        return path.read_bytes()


def describe(data: bytes) -> list[tuple[Any, ...]]:
    """Return what each operator is, with its options, and the shapes that it reads and makes."""
    file = unpack("Model", data)
    graph = file["subgraphs"][0]

    def shapes(places: list[int]) -> list[Any]:
        # -1: an input that is left out.
        return [graph["tensors"][place]["shape"] for place in places if place >= 0]

    return [
        (
            file["operator_codes"][step["opcode_index"]],
            {key: value for key, value in (step["builtin_options"] or ("", {}))[1].items()
             if key != "new_shape"},
            shapes(step["inputs"]),
            shapes(step["outputs"]),
        )
        for step in graph["operators"]
    ]  # fmt: skip


def test_our_file_has_the_operators_options_and_shapes_of_keras(
    exported: bytes, model: Predictor
) -> None:
    ours, theirs = describe(write_tflite(model, CATEGORIES)), describe(exported)
    # Keras gives RESHAPE the shape by a tensor alone, so it has no options; ours has both.
    assert ours == theirs


def test_our_numpy_computes_with_the_file_of_keras(
    exported: bytes, model: Predictor, drawings: Images
) -> None:
    answers = run_tflite(exported, drawings)
    assert np.abs(answers - model.probabilities(drawings)).max() < CLOSE


@pytest.mark.parametrize("write", [write_tflite, write_int8_tflite])
def test_the_interpreter_of_tensorflow_computes_what_the_model_does(
    write: Any, model: Predictor, drawings: Images
) -> None:
    import tensorflow as tf

    with pytest.warns(UserWarning, match="deprecated"):
        interpreter = tf.lite.Interpreter(model_content=write(model, CATEGORIES))
    runner = interpreter.get_signature_runner("serving_default")
    meant = model if write is write_tflite else restore_quantised(model)
    for drawing, expected in zip(drawings, meant.probabilities(drawings), strict=True):
        (answer,) = runner(drawing=scale_pixels(drawing[None, :, :, None]))["probabilities"]
        assert np.abs(answer - expected).max() < CLOSE
