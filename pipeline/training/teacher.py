"""The teacher of the recipe `best`: a larger network, whose guesses tell the CNN more about a drawing than its label does."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from pipeline.categories import CATEGORIES
from pipeline.drawings import SIDE, Images, Labels
from pipeline.training.fitting import one_hot
from pipeline.training.trainee import MOMENTUM, FirstBlock

TRUST = 0.8  # what the teacher's guess weighs in a target; the label weighs the rest


def build_teacher(dropout: float, precision: str, classes: int = len(CATEGORIES)) -> Any:
    """A fresh keras.Model of 394,000 parameters: uint8 `(n, 28, 28, 1)` to float32 logits `(n, classes)`."""
    layers = keras.layers

    def normalised() -> list[Any]:
        return [
            layers.BatchNormalization(momentum=MOMENTUM, dtype=precision),
            layers.ReLU(dtype=precision),
        ]

    def block(filters: int) -> list[Any]:
        convolution = layers.Conv2D(filters, 3, padding="same", use_bias=False, dtype=precision)
        return [convolution, layers.MaxPooling2D(dtype=precision), *normalised()]

    return keras.Sequential(
        [
            layers.Input((SIDE, SIDE, 1), dtype="uint8"),
            layers.Rescaling(1 / 255, dtype=precision),
            FirstBlock(32, dtype=precision),
            *normalised(),
            *block(64),
            *block(128),
            layers.Flatten(dtype=precision),
            layers.Dropout(dropout, dtype=precision),
            layers.Dense(256, use_bias=False, dtype=precision),
            *normalised(),
            layers.Dropout(dropout, dtype=precision),
            layers.Dense(classes, dtype="float32"),
        ]
    )


def teacher_targets(teacher: Any) -> Callable[[Images, Labels], NDArray[np.float32]]:
    """Targets that mix what the teacher says about the very drawings shown with their labels."""

    def targets(images: Images, labels: Labels) -> NDArray[np.float32]:
        guesses = keras.ops.convert_to_numpy(
            keras.ops.softmax(teacher.predict_on_batch(images[..., None]))
        )
        mixed: NDArray[np.float32] = TRUST * guesses + (1 - TRUST) * one_hot(labels)
        return mixed

    return targets
