"""Write the .tflite file of a model, with float32 or int8 weights, without TensorFlow.

Android, iOS and LiteRT.js open it. It says what Keras's `export(format="litert")` says of this
model: the same operators and options, one drawing at a time (LiteRT.js refuses a free number).
"""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.drawings import SIDE
from pipeline.formats import tflite_schema as schema
from pipeline.formats.flatbuffer import Table, pack
from pipeline.formats.quantise import quantise
from pipeline.model.head import Floats
from pipeline.model.predict import FEATURES, Predictor

INPUT, OUTPUT = "drawing", "probabilities"
SIGNATURE = "serving_default"
OLDEST_RUNTIME = "1.5.0"
OLDEST_RUNTIME_INT8 = "2.7.0"
"""The first TensorFlow Lite whose DEQUANTIZE takes a scale for each channel.

Both by TensorFlow's list `lite/tools/versioning/runtime_version.cc`."""
VERSION_BYTES = 16  # the length of the buffer that holds OLDEST_RUNTIME, as the converter writes it

# Versions of operators above the first, by what they must be able to do.
_VERSIONS = {schema.DEQUANTIZE: 5}
_CONVOLUTION = (
    "Conv2DOptions",
    {
        "padding": schema.VALID,
        "stride_w": 1,
        "stride_h": 1,
        "fused_activation_function": schema.RELU,
        "dilation_w_factor": 1,
        "dilation_h_factor": 1,
    },
)
_POOL = (
    "Pool2DOptions",
    {
        "padding": schema.VALID,
        "stride_w": 2,
        "stride_h": 2,
        "filter_width": 2,
        "filter_height": 2,
        "fused_activation_function": schema.NO_ACTIVATION,
    },
)


class Step(NamedTuple):
    """An operator of the file, with the names of the tensors that it reads, and its result."""

    code: int
    inputs: Sequence[str]
    output: str
    options: tuple[str, Table] | None


STEPS = (
    Step(schema.CONV_2D, (INPUT, "conv_1/kernel", "conv_1/bias"), "conv_1", _CONVOLUTION),
    Step(schema.MAX_POOL_2D, ("conv_1",), "pool_1", _POOL),
    Step(schema.CONV_2D, ("pool_1", "conv_2/kernel", "conv_2/bias"), "conv_2", _CONVOLUTION),
    Step(schema.MAX_POOL_2D, ("conv_2",), "pool_2", _POOL),
    Step(
        schema.RESHAPE,
        ("pool_2", "features/shape"),
        "features",
        ("ReshapeOptions", {"new_shape": [1, FEATURES]}),
    ),
    Step(
        schema.FULLY_CONNECTED,
        ("features", "head/kernel", "head/bias"),
        "head",
        ("FullyConnectedOptions", {"fused_activation_function": schema.NO_ACTIVATION}),
    ),
    Step(schema.SOFTMAX, ("head",), OUTPUT, ("SoftmaxOptions", {"beta": 1.0})),
)
"""The network. The int8 file has one step more for each kernel, which restores its numbers."""


class Tensor(NamedTuple):
    """A tensor of the file: its shape, type, constant bytes, and the scales of int8 numbers."""

    shape: tuple[int, ...]
    kind: int = schema.FLOAT32
    data: bytes = b""
    scales: Floats | None = None


def write_tflite(model: Predictor, categories: Sequence[str]) -> bytes:
    """Return the .tflite file with float32 weights: the same bytes for the same weights.

    Args:
        model: the weights.
        categories: the names of the classes, which the file's metadata tells, as JSON.
    """
    kernels = {name: _float_tensor(kernel) for name, kernel in order_kernels(model).items()}
    return _pack(_list_tensors(model, kernels), STEPS, categories, OLDEST_RUNTIME)


def write_int8_tflite(model: Predictor, categories: Sequence[str]) -> bytes:
    """Return the .tflite file with int8 kernels, which computes with float32; see `quantise`.

    Args:
        model: the weights, float32.
        categories: the names of the classes, which the file's metadata tells, as JSON.
    """
    quantised = [quantise(kernel) for kernel in model[::2]]
    numbers = order_kernels(Predictor(*_merge([part.numbers for part in quantised], model)))
    kernels, restoring = {}, []
    for (name, array), part in zip(numbers.items(), quantised, strict=True):
        stored = f"{name}/int8"
        kernels[stored] = Tensor(array.shape, schema.INT8, array.tobytes(), part.scales)
        kernels[name] = Tensor(array.shape)
        restoring.append(Step(schema.DEQUANTIZE, (stored,), name, ("DequantizeOptions", {})))
    tensors = _list_tensors(model, kernels)
    return _pack(tensors, (*restoring, *STEPS), categories, OLDEST_RUNTIME_INT8)


def order_kernels(model: Predictor) -> dict[str, NDArray[Any]]:
    """Return the kernels in the order of a .tflite file, by the tensors' names.

    There the outputs come first: `(outputs, 3, 3, inputs)` and `(classes, 1600)`.
    """
    return {
        "conv_1/kernel": _turn(model.kernel_1.reshape(3, 3, 1, -1)),
        "conv_2/kernel": _turn(model.kernel_2.reshape(3, 3, model.kernel_1.shape[1], -1)),
        "head/kernel": _turn(model.head_weights),
    }


def _turn(kernel: NDArray[Any]) -> NDArray[Any]:
    return np.ascontiguousarray(np.moveaxis(kernel, -1, 0))


def _merge(kernels: Sequence[NDArray[Any]], model: Predictor) -> list[Any]:
    """Return kernels and the model's biases in the order of a Predictor."""
    return [part for pair in zip(kernels, model[1::2], strict=True) for part in pair]


def _list_tensors(model: Predictor, kernels: dict[str, Tensor]) -> dict[str, Tensor]:
    filters_1, filters_2, classes = len(model.bias_1), len(model.bias_2), len(model.head_bias)
    shape = np.array([1, FEATURES], "<i4")
    return {
        INPUT: Tensor((1, SIDE, SIDE, 1)),
        **kernels,
        "conv_1/bias": _float_tensor(model.bias_1),
        "conv_2/bias": _float_tensor(model.bias_2),
        "head/bias": _float_tensor(model.head_bias),
        "features/shape": Tensor(shape.shape, schema.INT32, shape.tobytes()),
        "conv_1": Tensor((1, 26, 26, filters_1)),
        "pool_1": Tensor((1, 13, 13, filters_1)),
        "conv_2": Tensor((1, 11, 11, filters_2)),
        "pool_2": Tensor((1, 5, 5, filters_2)),
        "features": Tensor((1, FEATURES)),
        "head": Tensor((1, classes)),
        OUTPUT: Tensor((1, classes)),
    }


def _float_tensor(array: Floats) -> Tensor:
    return Tensor(array.shape, schema.FLOAT32, array.astype("<f4").tobytes())


def _pack(
    tensors: dict[str, Tensor], steps: Sequence[Step], categories: Sequence[str], oldest: str
) -> bytes:
    places = {name: place for place, name in enumerate(tensors)}
    codes = list(dict.fromkeys(step.code for step in steps))
    # Buffer 0 is empty by the format's rule; each tensor has its own, also where it is computed.
    metadata = {
        "min_runtime_version": oldest.encode().ljust(VERSION_BYTES, b"\0"),
        "categories": json.dumps(list(categories), ensure_ascii=False).encode(),
    }
    buffers = [b"", *(tensor.data for tensor in tensors.values()), *metadata.values()]
    return pack(
        "Model",
        {
            "version": schema.SCHEMA_VERSION,
            "operator_codes": [
                {
                    "deprecated_builtin_code": code,
                    "version": _VERSIONS.get(code, 1),
                    "builtin_code": code,
                }
                for code in codes
            ],
            "subgraphs": [
                {
                    "tensors": [
                        _describe_tensor(name, tensor, places[name] + 1)
                        for name, tensor in tensors.items()
                    ],
                    "inputs": [places[INPUT]],
                    "outputs": [places[OUTPUT]],
                    "operators": [_describe_step(step, codes, places) for step in steps],
                    "name": "main",
                }
            ],
            "description": "quickdraw",
            "buffers": [{"data": data} if data else {} for data in buffers],
            "metadata": [
                {"name": name, "buffer": 1 + len(tensors) + place}
                for place, name in enumerate(metadata)
            ],
            "signature_defs": [
                {
                    "inputs": [{"name": INPUT, "tensor_index": places[INPUT]}],
                    "outputs": [{"name": OUTPUT, "tensor_index": places[OUTPUT]}],
                    "signature_key": SIGNATURE,
                    "subgraph_index": 0,
                }
            ],
        },
    )


def _describe_tensor(name: str, tensor: Tensor, buffer: int) -> Table:
    described: dict[str, Any] = {
        "shape": tensor.shape,
        "type": tensor.kind,
        "buffer": buffer,
        "name": name,
        "has_rank": 1,
    }
    if tensor.scales is not None:
        described["quantization"] = {
            "scale": tensor.scales.tolist(),
            "zero_point": [0] * len(tensor.scales),
            "quantized_dimension": 0,
        }
    return described


def _describe_step(step: Step, codes: Sequence[int], places: dict[str, int]) -> Table:
    described: dict[str, Any] = {
        "opcode_index": codes.index(step.code),
        "inputs": [places[name] for name in step.inputs],
        "outputs": [places[step.output]],
    }
    if step.options is not None:
        described["builtin_options"] = step.options
    return described
