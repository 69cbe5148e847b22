"""A model answers drawings with probabilities, or with what its backbone sees: NumPy over its weights, no TensorFlow."""

import hashlib
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from pipeline.drawings import SIDE, Images, scale_pixels
from pipeline.errors import InvalidDrawing
from pipeline.model.head import Head

KERNEL = 3  # of both convolutions, each way
BLOCK_DRAWINGS = (
    8  # answered at once; more need memory outside of the processor's cache, and take longer each
)
FEATURES = 1600

Floats = NDArray[np.float32]


class Predictor(NamedTuple):
    """The CNN's weights, all float32; kernels as `(inputs, outputs)`."""

    kernel_1: Floats
    bias_1: Floats
    kernel_2: Floats
    bias_2: Floats
    head_weights: Floats
    head_bias: Floats

    @property
    def head(self) -> Head:
        """What retraining fits."""
        return Head(self.head_weights, self.head_bias)

    @property
    def backbone_digest(self) -> str:
        """sha256 (hex) of the convolution weights, byte for byte: features are good as long as it stays."""
        state = hashlib.sha256()
        for weights in self[:-2]:
            state.update(np.ascontiguousarray(weights).tobytes())
        return state.hexdigest()

    def probabilities(self, images: Images) -> Floats:
        """What the model says: each class's probability.

        Args:
            images: uint8, one drawing `(28, 28)` or `(n, 28, 28)`; 0 is paper, 255 is full ink.

        Returns:
            float32 `(classes,)` or `(n, classes)`, within 1e-5 of what Keras says.

        Raises:
            InvalidDrawing: the array is of another type or shape.
        """
        if (
            images.dtype != np.uint8
            or images.ndim not in {2, 3}
            or images.shape[-2:] != (SIDE, SIDE)
        ):
            raise InvalidDrawing(
                "unreadable_image",
                f"a drawing is uint8 (28, 28), not {images.dtype} {images.shape}",
            )
        drawings = images.reshape(-1, SIDE, SIDE)
        answers = np.empty((len(drawings), len(self.head_bias)), np.float32)
        for at in range(0, len(drawings), BLOCK_DRAWINGS):
            answers[at : at + BLOCK_DRAWINGS] = self._answer(drawings[at : at + BLOCK_DRAWINGS])
        return answers[0] if images.ndim == 2 else answers  # noqa: PLR2004

    def features(self, images: Images) -> Floats:
        """What the backbone sees in uint8 `(n, 28, 28)`, a few drawings: float32 `(n, 1600)`, zero or above."""
        first = _layer(scale_pixels(images[..., None]), self.kernel_1, self.bias_1)
        return _layer(first, self.kernel_2, self.bias_2).reshape(len(images), FEATURES)

    def _answer(self, images: Images) -> Floats:
        logits = self.features(images) @ self.head_weights + self.head_bias
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        answer: Floats = powers / powers.sum(axis=1, keepdims=True)
        return answer


def _layer(values: Floats, kernel: Floats, bias: Floats) -> Floats:
    """Convolution, relu and pooling: float32 `(n, side, side, channels)` to `(n, (side - 2) // 2, ..., outputs)`."""
    count, height, width, channels = values.shape
    side = (
        (height - KERNEL + 1) // 2 * 2
    )  # a last row and column that no pool covers are left out from the start
    lines = values.reshape(count, height, width * channels)
    windows = sliding_window_view(lines, (KERNEL, KERNEL * channels), axis=(1, 2))[
        :, :side, : side * channels : channels
    ]
    inputs = windows.reshape(count, side, side, -1)
    # A row of the picture at a time, as the array has four axes. BLAS spreads larger products over threads, which then wait
    # for each other: on a busy machine that turned 0.2 ms into 20.
    convolved = inputs @ kernel
    tall = np.maximum(convolved[:, ::2], convolved[:, 1::2])
    pooled = np.maximum(tall[:, :, ::2], tall[:, :, 1::2])
    rectified: Floats = np.maximum(
        pooled + bias, 0
    )  # after pooling: the same, on a quarter of the values
    return rectified
