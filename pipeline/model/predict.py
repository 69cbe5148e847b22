"""Prediction with the CNN: probabilities and features of drawings by NumPy, without TensorFlow."""

import hashlib
from typing import NamedTuple

import numpy as np

from pipeline.drawings import SIDE, Images, scale_pixels
from pipeline.errors import InvalidDrawing
from pipeline.model.convolution import extract_windows, pool_maximum
from pipeline.model.head import Floats, Head
from pipeline.reasons import DrawingReason

FEATURES = 1600
# Drawings that are computed together. A larger block does not fit into the processor's cache and
# takes longer for each drawing.
BLOCK_DRAWINGS = 8


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
        """The part that retraining fits."""
        return Head(self.head_weights, self.head_bias)

    @property
    def backbone_digest(self) -> str:
        """The sha256 (hex) of the convolution weights; stored features are valid for it alone."""
        state = hashlib.sha256()
        for weights in self[:-2]:
            state.update(np.ascontiguousarray(weights).tobytes())
        return state.hexdigest()

    def probabilities(self, images: Images) -> Floats:
        """Return the probability of each class.

        Args:
            images: uint8, one drawing `(28, 28)` or `(n, 28, 28)`; 0 is paper, 255 is full ink.

        Returns:
            float32 `(classes,)` or `(n, classes)`, within 1e-5 of what Keras computes.

        Raises:
            InvalidDrawing: the array has another type or shape.
        """
        if (
            images.dtype != np.uint8
            or images.ndim not in {2, 3}
            or images.shape[-2:] != (SIDE, SIDE)
        ):
            raise InvalidDrawing(
                DrawingReason.UNREADABLE_IMAGE,
                f"a drawing is uint8 (28, 28), not {images.dtype} {images.shape}",
            )
        drawings, head = images.reshape(-1, SIDE, SIDE), self.head
        probabilities = np.empty((len(drawings), len(head.bias)), np.float32)
        for start in range(0, len(drawings), BLOCK_DRAWINGS):
            block = slice(start, start + BLOCK_DRAWINGS)
            probabilities[block] = head.probabilities(self.features(drawings[block]))
        return probabilities[0] if images.ndim == 2 else probabilities  # noqa: PLR2004

    def features(self, images: Images) -> Floats:
        """Return the backbone's output for a few drawings.

        Args:
            images: uint8 `(n, 28, 28)`; a small n, as all of them are in memory at once.

        Returns:
            float32 `(n, 1600)`, zero or above.
        """
        maps = _apply_layer(scale_pixels(images[..., None]), self.kernel_1, self.bias_1)
        maps = _apply_layer(maps, self.kernel_2, self.bias_2)
        return maps.reshape(len(images), FEATURES)


def _apply_layer(values: Floats, kernel: Floats, bias: Floats) -> Floats:
    """Apply convolution, max pooling and ReLU.

    float32 `(n, side, side, channels)` to `(n, (side - 2) // 2, (side - 2) // 2, outputs)`.
    """
    # The windows keep their four axes, so that NumPy calls BLAS for one row of the picture at a
    # time. BLAS would spread a larger product over threads, which then wait for each other: on a
    # busy machine one drawing took 20 ms instead of 0.2 ms.
    maps = pool_maximum(extract_windows(values) @ kernel)
    # Bias and ReLU come after pooling: the result is the same, on a quarter of the values.
    rectified: Floats = np.maximum(maps + bias, 0)
    return rectified
