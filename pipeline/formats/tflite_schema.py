"""The part of the .tflite format that the model needs: tables, their fields, and the numbers used.

A .tflite file is a FlatBuffer. The names and places of the fields are those of TensorFlow's
`tensorflow/compiler/mlir/lite/schema/schema.fbs`, which only ever adds fields behind the last one:
files by this schema stay readable.
"""

from typing import Final, NamedTuple

FILE_IDENTIFIER: Final = b"TFL3"
SCHEMA_VERSION: Final = 3

# BuiltinOperator
CONV_2D: Final = 3
DEQUANTIZE: Final = 6
FULLY_CONNECTED: Final = 9
MAX_POOL_2D: Final = 17
RESHAPE: Final = 22
SOFTMAX: Final = 25

# TensorType
FLOAT32: Final = 0
INT32: Final = 2
INT8: Final = 9

# Padding, ActivationFunctionType
SAME: Final = 0
VALID: Final = 1
NO_ACTIVATION: Final = 0
RELU: Final = 1

OPTIONS = {
    1: "Conv2DOptions",
    5: "Pool2DOptions",
    8: "FullyConnectedOptions",
    9: "SoftmaxOptions",
    17: "ReshapeOptions",
    38: "DequantizeOptions",
}
"""BuiltinOptions: the table that an operator's options have, by its number."""


class Field(NamedTuple):
    """A field of a table.

    place: its place in the table, counted from 0. kind: a struct format character for a number;
    `text`; `bytes`, stored at a multiple of 16; the same character in brackets for a list of
    numbers; a table's name, or that in brackets for a list of tables; or `options`.
    default: the value of a number that is not stored.
    """

    place: int
    kind: str
    default: float = 0


TABLES: Final[dict[str, dict[str, Field]]] = {
    "Model": {
        "version": Field(0, "I"),
        "operator_codes": Field(1, "[OperatorCode]"),
        "subgraphs": Field(2, "[SubGraph]"),
        "description": Field(3, "text"),
        "buffers": Field(4, "[Buffer]"),
        "metadata": Field(6, "[Metadata]"),
        "signature_defs": Field(7, "[SignatureDef]"),
    },
    "OperatorCode": {
        # The number of the operator twice: readers before 2020 know the first field alone.
        "deprecated_builtin_code": Field(0, "b"),
        "version": Field(2, "i", 1),
        "builtin_code": Field(3, "i"),
    },
    "SubGraph": {
        "tensors": Field(0, "[Tensor]"),
        "inputs": Field(1, "[i]"),
        "outputs": Field(2, "[i]"),
        "operators": Field(3, "[Operator]"),
        "name": Field(4, "text"),
    },
    "Tensor": {
        "shape": Field(0, "[i]"),
        "type": Field(1, "b"),
        "buffer": Field(2, "I"),
        "name": Field(3, "text"),
        "quantization": Field(4, "QuantizationParameters"),
        "is_variable": Field(5, "b"),
        "has_rank": Field(8, "b"),
    },
    "QuantizationParameters": {
        "scale": Field(2, "[f]"),
        "zero_point": Field(3, "[q]"),
        "quantized_dimension": Field(6, "i"),
    },
    "Operator": {
        "opcode_index": Field(0, "I"),
        "inputs": Field(1, "[i]"),
        "outputs": Field(2, "[i]"),
        "builtin_options_type": Field(3, "B"),
        "builtin_options": Field(4, "options"),
    },
    "Conv2DOptions": {
        "padding": Field(0, "b"),
        "stride_w": Field(1, "i"),
        "stride_h": Field(2, "i"),
        "fused_activation_function": Field(3, "b"),
        "dilation_w_factor": Field(4, "i", 1),
        "dilation_h_factor": Field(5, "i", 1),
    },
    "Pool2DOptions": {
        "padding": Field(0, "b"),
        "stride_w": Field(1, "i"),
        "stride_h": Field(2, "i"),
        "filter_width": Field(3, "i"),
        "filter_height": Field(4, "i"),
        "fused_activation_function": Field(5, "b"),
    },
    "FullyConnectedOptions": {
        "fused_activation_function": Field(0, "b"),
        "weights_format": Field(1, "b"),
        "keep_num_dims": Field(2, "b"),
        "asymmetric_quantize_inputs": Field(3, "b"),
    },
    "SoftmaxOptions": {"beta": Field(0, "f")},
    "ReshapeOptions": {"new_shape": Field(0, "[i]")},
    "DequantizeOptions": {},
    "Buffer": {"data": Field(0, "bytes"), "offset": Field(1, "Q"), "size": Field(2, "Q")},
    "Metadata": {"name": Field(0, "text"), "buffer": Field(1, "I")},
    "SignatureDef": {
        "inputs": Field(0, "[TensorMap]"),
        "outputs": Field(1, "[TensorMap]"),
        "signature_key": Field(2, "text"),
        "subgraph_index": Field(4, "I"),
    },
    "TensorMap": {"name": Field(0, "text"), "tensor_index": Field(1, "I")},
}
