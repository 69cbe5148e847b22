"""Write and read the .onnx file of a model, for servers and apps with ONNX Runtime.

Built node by node: Keras's own export differs from call to call, and needs TensorFlow.
"""

import json
from collections.abc import Sequence
from typing import Any

from onnx import TensorProto, helper

from pipeline.drawings import SIDE
from pipeline.model.head import Floats
from pipeline.model.predict import Predictor

OPSET, IR_VERSION = 13, 7
"""Those of ONNX 1.8 (2020): ONNX Runtime since 1.6 opens such files, also on the web."""
INPUT, OUTPUT = "drawing", "probabilities"
CLASS_NAMES = "categories"  # the metadata that names the classes, as JSON

_TO_CHANNELS_FIRST, _TO_CHANNELS_LAST = [0, 3, 1, 2], [0, 2, 3, 1]
_NODES: tuple[tuple[str, list[str], str, dict[str, Any]], ...] = (
    ("Transpose", [INPUT], "channels_first", {"perm": _TO_CHANNELS_FIRST}),
    ("Conv", ["channels_first", "conv_1/kernel", "conv_1/bias"], "conv_1", {}),
    ("Relu", ["conv_1"], "relu_1", {}),
    ("MaxPool", ["relu_1"], "pool_1", {"kernel_shape": [2, 2], "strides": [2, 2]}),
    ("Conv", ["pool_1", "conv_2/kernel", "conv_2/bias"], "conv_2", {}),
    ("Relu", ["conv_2"], "relu_2", {}),
    ("MaxPool", ["relu_2"], "pool_2", {"kernel_shape": [2, 2], "strides": [2, 2]}),
    # As Keras flattens, channels last: so the head's weights keep their order, as in the .h5 file.
    ("Transpose", ["pool_2"], "channels_last", {"perm": _TO_CHANNELS_LAST}),
    ("Flatten", ["channels_last"], "features", {"axis": 1}),
    ("Gemm", ["features", "head/kernel", "head/bias"], "head", {}),
    ("Softmax", ["head"], OUTPUT, {"axis": 1}),
)
"""The network, as operator, inputs, output, attributes."""


def write_onnx(model: Predictor, categories: Sequence[str]) -> bytes:
    """Return the .onnx file: the same bytes for the same weights and classes.

    It takes `drawing`, float32 `(n, 28, 28, 1)` in [0, 1], and returns `probabilities`,
    float32 `(n, classes)`.

    Args:
        model: the weights.
        categories: the names of the classes, which the file's metadata tells, as JSON.
    """
    graph = helper.make_graph(
        [
            helper.make_node(operator, inputs, [output], name=output, **attributes)
            for operator, inputs, output, attributes in _NODES
        ],
        "quickdraw",
        [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["n", SIDE, SIDE, 1])],
        [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["n", len(model.head_bias)])],
        [
            helper.make_tensor(name, TensorProto.FLOAT, array.shape, _dump(array), raw=True)
            for name, array in _order_weights(model).items()
        ],
    )
    file = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="redraw",
    )
    helper.set_model_props(file, {CLASS_NAMES: json.dumps(list(categories), ensure_ascii=False)})
    data: bytes = file.SerializeToString(deterministic=True)
    return data


def _order_weights(model: Predictor) -> dict[str, Floats]:
    """Return the weights by the names that the nodes use; kernels `(outputs, inputs, 3, 3)`."""
    channels = model.kernel_1.shape[1]
    return {
        "conv_1/kernel": model.kernel_1.reshape(3, 3, 1, -1).transpose(3, 2, 0, 1),
        "conv_1/bias": model.bias_1,
        "conv_2/kernel": model.kernel_2.reshape(3, 3, channels, -1).transpose(3, 2, 0, 1),
        "conv_2/bias": model.bias_2,
        "head/kernel": model.head_weights,
        "head/bias": model.head_bias,
    }


def _dump(array: Floats) -> bytes:
    return array.astype("<f4").tobytes()
