"""A published model answers drawings with probabilities: NumPy over the weights in its .h5 file, no TensorFlow, no Keras."""

import hashlib
import io
import json
from typing import NamedTuple

import h5py
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from pipeline.dataset import scaled
from pipeline.drawings import SIDE, Images
from pipeline.errors import InvalidDrawing, InvalidModel

KERNEL = 3  # of both convolutions, each way
BLOCK_DRAWINGS = 8  # answered at once; more need memory outside of the processor's cache, and take longer each
LAYERS = ["Conv2D", "MaxPooling2D", "Conv2D", "MaxPooling2D", "Flatten", "Dropout", "Dense"]
SHAPES = ((3, 3, 1, 32), (32,), (3, 3, 32, 64), (64,))  # of the convolutions' weights
FEATURES = 1600

Floats = NDArray[np.float32]


class Predictor(NamedTuple):
    """The CNN's weights, all float32; kernels as `(inputs, outputs)`."""

    kernel_1: Floats
    bias_1: Floats
    kernel_2: Floats
    bias_2: Floats
    head: Floats
    head_bias: Floats

    def probabilities(self, images: Images) -> Floats:
        """What the model says: each class's probability.

        Args:
            images: uint8, one drawing `(28, 28)` or `(n, 28, 28)`; 0 is paper, 255 is full ink.

        Returns:
            float32 `(classes,)` or `(n, classes)`, within 1e-5 of what Keras says.

        Raises:
            InvalidDrawing: the array is of another type or shape.
        """
        if images.dtype != np.uint8 or images.ndim not in {2, 3} or images.shape[-2:] != (SIDE, SIDE):
            raise InvalidDrawing("unreadable_image", f"a drawing is uint8 (28, 28), not {images.dtype} {images.shape}")
        drawings = images.reshape(-1, SIDE, SIDE)
        answers = np.empty((len(drawings), len(self.head_bias)), np.float32)
        for at in range(0, len(drawings), BLOCK_DRAWINGS):
            answers[at : at + BLOCK_DRAWINGS] = self._answer(scaled(drawings[at : at + BLOCK_DRAWINGS, :, :, None]))
        return answers[0] if images.ndim == 2 else answers  # noqa: PLR2004

    def _answer(self, pixels: Floats) -> Floats:
        first = _layer(pixels, self.kernel_1, self.bias_1)
        second = _layer(first, self.kernel_2, self.bias_2)
        logits = second.reshape(len(second), -1) @ self.head + self.head_bias
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        answer: Floats = powers / powers.sum(axis=1, keepdims=True)
        return answer


def _layer(values: Floats, kernel: Floats, bias: Floats) -> Floats:
    """Convolution, relu and pooling: float32 `(n, side, side, channels)` to `(n, (side - 2) // 2, ..., outputs)`."""
    count, height, width, channels = values.shape
    side = (height - KERNEL + 1) // 2 * 2  # a last row and column that no pool covers are left out from the start
    lines = values.reshape(count, height, width * channels)
    windows = sliding_window_view(lines, (KERNEL, KERNEL * channels), axis=(1, 2))[:, :side, : side * channels : channels]
    inputs = windows.reshape(count, side, side, -1)
    # A row of the picture at a time, as the array has four axes. BLAS spreads larger products over threads, which then wait
    # for each other: on a busy machine that turned 0.2 ms into 20.
    convolved = inputs @ kernel
    tall = np.maximum(convolved[:, ::2], convolved[:, 1::2])
    pooled = np.maximum(tall[:, :, ::2], tall[:, :, 1::2])
    rectified: Floats = np.maximum(pooled + bias, 0)  # after pooling: the same, on a quarter of the values
    return rectified


def load_predictor(data: bytes, sha256: str) -> Predictor:
    """The predictor of a model file. Raises InvalidModel when the digest or the weights are not ours."""
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise InvalidModel(
            f"the model file has sha256 {found}, not {sha256}: it is damaged or foreign; promote another version"
        )
    try:
        layers, weights = _read(data)
    except (OSError, KeyError, ValueError, TypeError) as fault:
        raise InvalidModel(f"the model file cannot be read ({fault}): promote another version") from fault
    classes = weights[-1].shape[-1:] if weights else ()
    if layers != LAYERS or [array.shape for array in weights] != [*SHAPES, (FEATURES, *classes), classes]:
        raise InvalidModel("the model file has other layers than DESIGN's CNN: promote another version")
    return Predictor(*(array.reshape(-1, array.shape[-1]) if array.ndim > 1 else array for array in weights))


def _read(data: bytes) -> tuple[list[str], list[Floats]]:
    """The kinds of the layers in a Keras .h5 file, and all weights, in order; nothing of it is executed."""
    with h5py.File(io.BytesIO(data)) as file:
        layers = [layer["class_name"] for layer in json.loads(file.attrs["model_config"])["config"]["layers"]]
        groups = [file["model_weights"][name] for name in file["model_weights"].attrs["layer_names"]]
        weights = [np.array(group[name], np.float32) for group in groups for name in group.attrs["weight_names"]]
    return [layer for layer in layers if layer != "InputLayer"], weights
