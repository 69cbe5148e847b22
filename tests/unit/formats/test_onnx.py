"""The .onnx file is valid, takes any number of drawings, and computes what the model does."""

import json

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx.reference import ReferenceEvaluator

from pipeline.drawings import Images, scale_pixels
from pipeline.formats.onnx_file import write_onnx
from pipeline.model.predict import Predictor
from tests.unit.formats._models import random_drawings, random_model

NAMES = [f"klasse {number} ж" for number in range(20)]
CLOSE = 1e-6


def open_session(data: bytes) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])


@pytest.mark.parametrize("count", [1, 6])
def test_onnx_runtime_computes_what_the_model_does(model: Predictor, count: int) -> None:
    drawings = random_drawings(count)
    inputs = {"drawing": scale_pixels(drawings[..., None])}
    (answers,) = open_session(write_onnx(model, NAMES)).run(["probabilities"], inputs)
    assert np.abs(answers - model.probabilities(drawings)).max() < CLOSE


def test_the_reference_of_onnx_computes_the_same(model: Predictor, drawings: Images) -> None:
    evaluator = ReferenceEvaluator(onnx.load_from_string(write_onnx(model, NAMES)))
    (answers,) = evaluator.run(None, {"drawing": scale_pixels(drawings[:2, ..., None])})
    assert np.abs(answers - model.probabilities(drawings[:2])).max() < CLOSE


@pytest.mark.parametrize("classes", [2, 255])
def test_any_number_of_classes_will_do(classes: int) -> None:
    model, drawings = random_model(3, classes), random_drawings(1)
    session = open_session(write_onnx(model, [str(each) for each in range(classes)]))
    (answers,) = session.run(None, {"drawing": scale_pixels(drawings[..., None])})
    assert np.abs(answers - model.probabilities(drawings)).max() < CLOSE


def test_it_is_valid_and_says_only_what_old_runtimes_know(model: Predictor) -> None:
    data = write_onnx(model, NAMES)
    onnx.checker.check_model(data, full_check=True)
    file = onnx.load_from_string(data)
    assert file.ir_version == 7
    assert [(each.domain, each.version) for each in file.opset_import] == [("", 13)]
    assert {node.domain for node in file.graph.node} == {""}


def test_it_names_its_input_its_output_and_the_classes(model: Predictor) -> None:
    session = open_session(write_onnx(model, NAMES))
    (taken,), (given,) = session.get_inputs(), session.get_outputs()
    assert (taken.name, taken.shape, taken.type) == (
        "drawing", ["n", 28, 28, 1], "tensor(float)",
    )  # fmt: skip
    assert (given.name, given.shape) == ("probabilities", ["n", 20])
    assert json.loads(session.get_modelmeta().custom_metadata_map["categories"]) == NAMES


def test_the_same_weights_give_the_same_bytes(model: Predictor) -> None:
    copied = Predictor(*(part.copy() for part in model))
    assert write_onnx(copied, tuple(NAMES)) == write_onnx(model, NAMES)


def test_the_head_is_stored_as_in_the_h5_file(model: Predictor) -> None:
    assert model.head_weights.tobytes() in write_onnx(model, NAMES)
