"""The teacher of the recipe `best`: a larger network, from whose predictions the CNN learns.

This is knowledge distillation: a teacher's probabilities say more about a drawing than its label
does (G. Hinton and others, "Distilling the Knowledge in a Neural Network", 2015). The referee has
the same layers.
"""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from pipeline.drawings import SIDE, Images, Labels
from pipeline.training.fitting import one_hot
from pipeline.training.trainee import MOMENTUM, FirstBlock

TEACHER_WEIGHT = 0.8  # of the teacher's probabilities in a target; the label weighs the rest


def build_teacher(dropout: float, precision: str, classes: int) -> Any:
    """Return a new keras.Model of 394,000 parameters, with 20 classes.

    It takes uint8 `(n, 28, 28, 1)` and returns float32 logits `(n, classes)`.

    Args:
        dropout: the rate, 0 to 1.
        precision: a Keras dtype policy, from `choose_precision`.
        classes: the number of classes.
    """
    layers = keras.layers

    def normalize() -> list[Any]:
        return [
            layers.BatchNormalization(momentum=MOMENTUM, dtype=precision),
            layers.ReLU(dtype=precision),
        ]

    def block(filters: int) -> list[Any]:
        convolution = layers.Conv2D(filters, 3, padding="same", use_bias=False, dtype=precision)
        return [convolution, layers.MaxPooling2D(dtype=precision), *normalize()]

    return keras.Sequential(
        [
            layers.Input((SIDE, SIDE, 1), dtype="uint8"),
            layers.Rescaling(1 / 255, dtype=precision),
            FirstBlock(32, dtype=precision),
            *normalize(),
            *block(64),
            *block(128),
            layers.Flatten(dtype=precision),
            layers.Dropout(dropout, dtype=precision),
            layers.Dense(256, use_bias=False, dtype=precision),
            *normalize(),
            layers.Dropout(dropout, dtype=precision),
            layers.Dense(classes, dtype="float32"),
        ]
    )


def teacher_targets(teacher: Any) -> Callable[[Images, Labels], NDArray[np.float32]]:
    """Return a function that mixes the teacher's probabilities for a batch with its labels.

    The teacher sees the drawings as the student does, warps included.
    """

    def targets(images: Images, labels: Labels) -> NDArray[np.float32]:
        probabilities = keras.ops.convert_to_numpy(
            keras.ops.softmax(teacher.predict_on_batch(images[..., None]))
        )
        mixed: NDArray[np.float32] = TEACHER_WEIGHT * probabilities + (
            1 - TEACHER_WEIGHT
        ) * one_hot(labels, probabilities.shape[1])
        return mixed

    return targets
