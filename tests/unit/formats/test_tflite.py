"""The .tflite files are what LiteRT takes, and LiteRT computes with them what the model does."""

import json
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as official
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from pipeline.drawings import Images, scale_pixels
from pipeline.formats.flatbuffer import unpack
from pipeline.formats.quantise import restore_quantised
from pipeline.formats.tflite_write import (
    order_kernels,
    write_int8_tflite,
    write_tflite,
)
from pipeline.model.predict import Predictor
from tests.unit.formats._models import random_drawings, random_model

NAMES = [f"klasse {number} ж" for number in range(20)]
CLOSE = 1e-6  # sums in another order


def run_litert(data: bytes, drawings: Images, kind: Any = OpResolverType.AUTO) -> Any:
    interpreter = Interpreter(model_content=data, experimental_op_resolver_type=kind)
    runner = interpreter.get_signature_runner("serving_default")
    batches = scale_pixels(drawings[:, None, :, :, None])
    return np.concatenate([runner(drawing=each)["probabilities"] for each in batches])


@pytest.mark.parametrize("kind", [OpResolverType.AUTO, OpResolverType.BUILTIN_REF])
def test_litert_computes_what_the_model_does(model: Predictor, drawings: Images, kind: Any) -> None:
    answers = run_litert(write_tflite(model, NAMES), drawings, kind)
    assert np.abs(answers - model.probabilities(drawings)).max() < CLOSE


@pytest.mark.parametrize("kind", [OpResolverType.AUTO, OpResolverType.BUILTIN_REF])
def test_litert_computes_with_the_int8_file_what_its_restored_weights_give(
    model: Predictor, drawings: Images, kind: Any
) -> None:
    answers = run_litert(write_int8_tflite(model, NAMES), drawings, kind)
    assert np.abs(answers - restore_quantised(model).probabilities(drawings)).max() < CLOSE


@pytest.mark.parametrize("classes", [2, 255])
@pytest.mark.parametrize("write", [write_tflite, write_int8_tflite])
def test_any_number_of_classes_will_do(write: Any, classes: int) -> None:
    model, drawings = random_model(3, classes), random_drawings(2)
    expected = model if write is write_tflite else restore_quantised(model)
    answers = run_litert(write(model, [str(each) for each in range(classes)]), drawings)
    assert np.abs(answers - expected.probabilities(drawings)).max() < CLOSE


def test_it_takes_one_drawing_by_the_name_of_drawing(model: Predictor) -> None:
    interpreter = Interpreter(model_content=write_tflite(model, NAMES))
    (taken,), (given,) = interpreter.get_input_details(), interpreter.get_output_details()
    assert (taken["name"], taken["shape"].tolist(), taken["dtype"]) == (
        "drawing", [1, 28, 28, 1], np.float32,
    )  # fmt: skip
    assert (given["name"], given["shape"].tolist()) == ("probabilities", [1, 20])
    # Fixed, as LiteRT.js refuses a free number of drawings.
    assert taken["shape_signature"].tolist() == [1, 28, 28, 1]


@pytest.mark.parametrize("write", [write_tflite, write_int8_tflite])
def test_the_same_weights_give_the_same_bytes(model: Predictor, write: Any) -> None:
    copied = Predictor(*(part.copy() for part in model))
    assert write(copied, tuple(NAMES)) == write(model, NAMES)


@pytest.mark.parametrize("write", [write_tflite, write_int8_tflite])
def test_it_names_the_classes_and_the_oldest_runtime(model: Predictor, write: Any) -> None:
    file = unpack("Model", write(model, NAMES))
    told = {entry["name"]: file["buffers"][entry["buffer"]]["data"] for entry in file["metadata"]}
    assert json.loads(told["categories"]) == NAMES
    oldest = {write_tflite: b"1.5.0", write_int8_tflite: b"2.7.0"}[write]
    assert told["min_runtime_version"].rstrip(b"\0") == oldest


@pytest.mark.parametrize("write", [write_tflite, write_int8_tflite])
def test_weights_lie_at_multiples_of_sixteen_bytes(model: Predictor, write: Any) -> None:
    data = write(model, NAMES)
    buffers = [each["data"] for each in unpack("Model", data)["buffers"] if each["data"]]
    assert len(buffers) == 9  # six weights, the shape of the features, and two of metadata
    places = [data.find(len(each).to_bytes(4, "little") + each) + 4 for each in buffers]
    assert [place % 16 for place in places] == [0] * 9


def test_the_official_schema_reads_the_same_fields(model: Predictor) -> None:
    data = write_int8_tflite(model, NAMES)
    ours = unpack("Model", data)
    theirs = official.ModelT.InitFromPackedBuf(data, 0)
    graph, their_graph = ours["subgraphs"][0], theirs.subgraphs[0]
    assert theirs.version == ours["version"] == 3
    assert [each.name.decode() for each in their_graph.tensors] == [
        each["name"] for each in graph["tensors"]
    ]
    assert [(each.builtinCode, each.version) for each in theirs.operatorCodes] == [
        (each["builtin_code"], each["version"]) for each in ours["operator_codes"]
    ]
    assert [each.outputs.tolist() for each in their_graph.operators] == [
        each["outputs"] for each in graph["operators"]
    ]
    pool = next(each for each in their_graph.operators if each.builtinOptionsType == 5)
    assert (pool.builtinOptions.strideW, pool.builtinOptions.filterHeight) == (2, 2)


def test_the_kernels_of_the_file_have_the_outputs_first(model: Predictor) -> None:
    kernels = order_kernels(model)
    assert kernels["conv_2/kernel"].shape == (64, 3, 3, 32)
    assert kernels["conv_2/kernel"][5, 1, 2, 7] == model.kernel_2[(3 + 2) * 32 + 7, 5]
    assert np.array_equal(kernels["head/kernel"], model.head_weights.T)
