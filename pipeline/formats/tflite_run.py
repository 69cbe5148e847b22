"""Compute with a .tflite file by NumPy, operator by operator, as the file itself says.

It knows the operators of our files alone, and nothing of the network. So what a file computes is
found without the code that wrote it, and without a runtime.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from pipeline.drawings import Images, scale_pixels
from pipeline.errors import InvalidModel
from pipeline.formats import tflite_schema as schema
from pipeline.formats.flatbuffer import Table, unpack
from pipeline.model.head import Floats, softmax

Array: TypeAlias = NDArray[Any]
_TYPES: Final = {schema.FLOAT32: "<f4", schema.INT32: "<i4", schema.INT8: "i1"}


class Operand(NamedTuple):
    """What an operator reads: its numbers, and the tensor's description in the file."""

    numbers: Array
    tensor: Table


def run_tflite(data: bytes, images: Images) -> Floats:
    """Return the probabilities that a .tflite file computes, float32 `(n, classes)`.

    Args:
        data: the file.
        images: uint8 `(n, 28, 28)`.

    Raises:
        InvalidModel: the file is damaged, or has operators, types or options that ours have not.
    """
    file = unpack("Model", data)
    if file["version"] != schema.SCHEMA_VERSION or len(file["subgraphs"]) != 1:
        raise InvalidModel("it has another version of the format, or more than one graph")
    graph = file["subgraphs"][0]
    constants = {
        place: Operand(array, tensor)
        for place, tensor in enumerate(graph["tensors"])
        if (array := _read_constant(tensor, file["buffers"])) is not None
    }
    codes = [code["builtin_code"] for code in file["operator_codes"]]
    drawings = scale_pixels(images[..., None])
    return np.concatenate([_run(graph, codes, constants, drawing[None]) for drawing in drawings])


def _read_constant(tensor: Table, buffers: Sequence[Table]) -> Array | None:
    """Return the numbers of a tensor that the file holds; None for one that is computed."""
    data = _pick(buffers, tensor["buffer"])["data"]
    if not data:
        return None
    kind = _TYPES.get(tensor["type"])
    if kind is None:
        raise InvalidModel(f"{tensor['name']} is of type {tensor['type']}, which ours have not")
    try:
        return np.frombuffer(data, kind).reshape(tensor["shape"])
    except ValueError:
        shape = tensor["shape"]
        raise InvalidModel(f"{tensor['name']} has {len(data)} bytes for {shape}") from None


def _run(
    graph: Table, codes: Sequence[int], constants: dict[int, Operand], drawing: Floats
) -> Floats:
    tensors = graph["tensors"]
    first = _only(graph["inputs"])
    values = {**constants, first: Operand(drawing, _pick(tensors, first))}
    for step in graph["operators"]:
        compute = _OPERATORS.get(_pick(codes, step["opcode_index"]))
        if compute is None:
            raise InvalidModel("it has an operator that ours have not")
        inputs = [_take(values, place) for place in step["inputs"]]
        place = _only(step["outputs"])
        tensor = _pick(tensors, place)
        try:
            result = compute((step["builtin_options"] or ("", {}))[1], *inputs)
        except (ValueError, TypeError, KeyError, IndexError) as fault:
            raise InvalidModel(f"{tensor['name']} cannot be computed: {fault}") from fault
        if list(result.shape) != tensor["shape"]:
            raise InvalidModel(f"{tensor['name']} is {result.shape}, not {tensor['shape']}")
        values[place] = Operand(result, tensor)
    return np.asarray(_take(values, _only(graph["outputs"])).numbers, np.float32)


def _only(items: Sequence[int]) -> int:
    if len(items) != 1:
        raise InvalidModel(f"it names {len(items)} tensors where one is expected")
    return items[0]


def _pick(items: Sequence[Any], place: int) -> Any:
    if not 0 <= place < len(items):
        raise InvalidModel(f"it names number {place} of {len(items)}")
    return items[place]


def _take(values: dict[int, Operand], place: int) -> Operand:
    if place not in values:
        raise InvalidModel(f"it reads tensor {place} before it is there: its weights are missing")
    return values[place]


def _require(options: Table, **expected: int) -> None:
    for name, value in expected.items():
        if options[name] != value:
            raise ValueError(f"{name} is {options[name]}, not {value}")


def _activate(options: Table, values: Floats) -> Floats:
    kind = options["fused_activation_function"]
    if kind not in {schema.NO_ACTIVATION, schema.RELU}:
        raise ValueError(f"its activation is {kind}, which ours have not")
    return np.maximum(values, 0) if kind == schema.RELU else values


def _convolve(options: Table, values: Operand, kernel: Operand, bias: Operand) -> Floats:
    _require(options, padding=schema.VALID, stride_w=1, stride_h=1)
    _require(options, dilation_w_factor=1, dilation_h_factor=1)
    height, width = kernel.numbers.shape[1:3]
    windows = sliding_window_view(values.numbers, (height, width), axis=(1, 2))
    # Windows are (n, y, x, channel, row, column); kernels (output, row, column, channel).
    maps = np.tensordot(windows, kernel.numbers, axes=([3, 4, 5], [3, 1, 2]))
    return _activate(options, maps + bias.numbers)


def _pool(options: Table, values: Operand) -> Floats:
    _require(options, padding=schema.VALID)
    size = (options["filter_height"], options["filter_width"])
    windows = sliding_window_view(values.numbers, size, axis=(1, 2))
    steps = windows[:, :: options["stride_h"], :: options["stride_w"]]
    return _activate(options, steps.max(axis=(-2, -1)))


def _reshape(_: Table, values: Operand, shape: Operand) -> Floats:
    reshaped: Floats = values.numbers.reshape(shape.numbers.tolist())
    return reshaped


def _connect(options: Table, values: Operand, kernel: Operand, bias: Operand) -> Floats:
    _require(options, weights_format=0, keep_num_dims=0)
    return _activate(options, values.numbers @ kernel.numbers.T + bias.numbers)


def _softmax(options: Table, values: Operand) -> Floats:
    return softmax(values.numbers * np.float32(options["beta"]))


def _dequantise(_: Table, stored: Operand) -> Floats:
    """Return the numbers by the scales of their channels: `scale * (number - zero point)`."""
    quantisation = stored.tensor["quantization"]
    if quantisation is None:
        raise ValueError("its scales are missing")
    axis = quantisation["quantized_dimension"]
    shape = [-1 if place == axis else 1 for place in range(stored.numbers.ndim)]
    scales, zeros = (np.array(quantisation[name]) for name in ("scale", "zero_point"))
    numbers = stored.numbers - zeros.reshape(shape)
    restored: Floats = (numbers * scales.reshape(shape)).astype(np.float32)
    return restored


_OPERATORS: Final[dict[int, Callable[..., Floats]]] = {
    schema.CONV_2D: _convolve,
    schema.MAX_POOL_2D: _pool,
    schema.RESHAPE: _reshape,
    schema.FULLY_CONNECTED: _connect,
    schema.SOFTMAX: _softmax,
    schema.DEQUANTIZE: _dequantise,
}
