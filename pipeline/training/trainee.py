"""The network that is trained in place of the CNN, and folding it into the CNN.

It computes the same function in fewer operations, with batch normalization after each pool. With
normalization and one cycle of the learning rate, four epochs reach more than fifteen epochs of the
plain recipe.

Folding works because a normalization without a scale of its own divides each channel by a positive
number and adds a shift. Both can be moved in front of the max pool, since a maximum commutes with
them, and from there into the kernel and the bias of the convolution.
"""

from typing import Any

import keras
from keras import ops

from pipeline.drawings import SIDE
from pipeline.model.cnn import build_model

MOMENTUM = 0.95
# The CNN's second pool drops an odd row and column. So the CNN never reads the last two rows and
# columns of a drawing, and the first block does not compute them.
USED_SIDE = 26


class FirstBlock(keras.layers.Layer):  # type: ignore[misc]
    """The first convolution and its max pool: `(n, 28, 28, 1)` to `(n, 12, 12, filters)`.

    They are computed as one convolution of stride 2. The four neighbours of each pool come out side
    by side as channels: the kernel is applied in four versions, each shifted by 0 or 1 pixel down
    and right. So the 26 x 26 maps and their gradients, which cost more than the convolution, are
    never written to memory.
    """

    def __init__(self, filters: int, **options: Any) -> None:
        super().__init__(**options)
        self.filters = filters

    def build(self, input_shape: Any) -> None:  # noqa: ARG002
        """Create the kernel, as Keras asks at the first call."""
        self.kernel = self.add_weight(
            shape=(3, 3, 1, self.filters), initializer="glorot_uniform", name="kernel"
        )

    def call(self, drawings: Any) -> Any:
        """Compute the pooled maps."""
        shifted = [
            ops.pad(self.kernel, ((down, 1 - down), (right, 1 - right), (0, 0), (0, 0)))
            for down in (0, 1)
            for right in (0, 1)
        ]
        used = drawings[:, :USED_SIDE, :USED_SIDE]
        maps = ops.conv(used, ops.concatenate(shifted, -1), 2, "valid")
        side = maps.shape[1]
        return ops.max(ops.reshape(maps, (-1, side, side, 4, self.filters)), 3)


def build_trainee(dropout: float, precision: str, classes: int) -> Any:
    """Return a new keras.Model with random weights, to be trained and then folded into the CNN.

    It takes uint8 `(n, 28, 28, 1)` and returns float32 logits `(n, classes)`.

    Args:
        dropout: the rate, 0 to 1.
        precision: a Keras dtype policy, from `choose_precision`. Weights are float32 in any case.
        classes: the number of classes.
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
    """Return a new CNN, as `build_model` makes it, that gives the same answers as the trainee."""
    model = build_model(trainee.layers[-1].units)
    fold_into(trainee, model)
    return model


def fold_into(trainee: Any, model: Any) -> None:
    """Replace the weights of a CNN by those of the trainee, with its normalizations folded in.

    Args:
        trainee: from `build_trainee`; it is not changed.
        model: from `build_model`, with the same number of classes.
    """
    norms = [
        layer for layer in trainee.layers if isinstance(layer, keras.layers.BatchNormalization)
    ]
    convolutions = (trainee.layers[1], trainee.layers[4])
    folded = [
        weights
        for convolution, norm in zip(convolutions, norms, strict=True)
        for weights in _fold_block(convolution, norm)
    ]
    model.set_weights([*folded, *trainee.layers[-1].get_weights()])


def _fold_block(convolution: Any, norm: Any) -> tuple[Any, Any]:
    """Return kernel and bias of a convolution that does the work of both layers.

    (x - mean) * factor + shift, with x = kernel * input, is (kernel * factor) * input + bias.
    """
    (kernel,) = convolution.get_weights()
    shift, mean, variance = norm.get_weights()
    factor = 1 / (variance + norm.epsilon) ** 0.5
    return kernel * factor, shift - mean * factor
