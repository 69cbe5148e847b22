"""The CNN as it is trained: the same function in fewer operations, normalised behind each pool, folded into the CNN after.

Normalised and with one cycle of the rate, four epochs reach more than fifteen of the plain recipe. A normalisation without a
factor of its own is a division by a positive number and a shift for each channel; a maximum does not mind either, so both move
into the convolution before the pool, and what comes out is the contract's CNN.
"""

from typing import Any

import keras
from keras import ops

from pipeline.categories import CATEGORIES
from pipeline.drawings import SIDE
from pipeline.model.cnn import build_model

MOMENTUM = 0.95
SEEN = (
    26  # the second pool drops an odd row and column: the CNN never looks at a drawing's last two
)


class FirstBlock(keras.layers.Layer):  # type: ignore[misc]
    """The first convolution and its pool as one convolution of stride 2: `(n, 28, 28, 1)` to `(n, 12, 12, filters)`.

    A pool's four neighbours come out side by side as channels, so that neither the 26 x 26 maps nor their gradients, which cost
    more than the convolution does, are ever made.
    """

    def __init__(self, filters: int, **options: Any) -> None:
        super().__init__(**options)
        self.filters = filters

    def build(self, input_shape: Any) -> None:  # noqa: ARG002
        self.kernel = self.add_weight(
            shape=(3, 3, 1, self.filters), initializer="glorot_uniform", name="kernel"
        )

    def call(self, drawings: Any) -> Any:
        shifted = [
            ops.pad(self.kernel, ((a, 1 - a), (b, 1 - b), (0, 0), (0, 0)))
            for a in (0, 1)
            for b in (0, 1)
        ]
        maps = ops.conv(drawings[:, :SEEN, :SEEN], ops.concatenate(shifted, -1), 2, "valid")
        side = maps.shape[1]
        return ops.max(ops.reshape(maps, (-1, side, side, 4, self.filters)), 3)


def build_trainee(dropout: float, precision: str, classes: int = len(CATEGORIES)) -> Any:
    """A fresh keras.Model: uint8 `(n, 28, 28, 1)` to float32 logits `(n, classes)`, which `fold` makes a CNN of.

    `precision` is Keras's name of the numbers to calculate with; weights are float32 in any case.
    """
    layers = keras.layers
    return keras.Sequential(
        [
            layers.Input((SIDE, SIDE, 1), dtype="uint8"),
            layers.Rescaling(1 / 255, dtype=precision),
            FirstBlock(32, dtype=precision),
            layers.BatchNormalization(scale=False, momentum=MOMENTUM, dtype=precision),
            layers.ReLU(dtype=precision),
            layers.Conv2D(64, 3, use_bias=False, dtype=precision),
            layers.MaxPooling2D(dtype=precision),
            layers.BatchNormalization(scale=False, momentum=MOMENTUM, dtype=precision),
            layers.ReLU(dtype=precision),
            layers.Flatten(dtype=precision),
            layers.Dropout(dropout, dtype=precision),
            layers.Dense(classes, dtype="float32"),
        ]
    )


def fold(trainee: Any) -> Any:
    """The CNN of the contract with the same answers: a keras.Model as `build_model` makes it."""
    first, second = (
        layer for layer in trainee.layers if isinstance(layer, keras.layers.BatchNormalization)
    )
    blocks, head = (trainee.layers[1], trainee.layers[4]), trainee.layers[-1]
    model = build_model(head.units)
    model.set_weights(
        [
            part
            for block, norm in zip(blocks, (first, second), strict=True)
            for part in _folded(block, norm)
        ]
        + head.get_weights()
    )
    return model


def _folded(block: Any, norm: Any) -> tuple[Any, Any]:
    (kernel,) = block.get_weights()
    shift, mean, variance = norm.get_weights()
    factor = 1 / (variance + norm.epsilon) ** 0.5
    return kernel * factor, shift - mean * factor
