"""Baseline training by the plain recipe: Adam 1e-3, early stopping, learning rate halved on plateaus."""

from pathlib import Path
from typing import Any, TypeAlias

import keras
import numpy as np

from pipeline.dataset import Rows, read_base
from pipeline.drawings import SIDE
from pipeline.errors import InvalidModel
from pipeline.model import PARAMETERS, build_model
from pipeline.progress import OnProgress, silent
from pipeline.records import Split

LEARNING_RATE = 1e-3
STOP_PATIENCE = 3
PLATEAU_PATIENCE = 2


CURVES = ("loss", "accuracy", "val_loss", "val_accuracy")

History: TypeAlias = dict[str, list[float]]
"""One number an epoch for each of CURVES."""


def train(dataset: Path, *, epochs: int, batch_size: int, seed: int, on_progress: OnProgress = silent) -> tuple[Any, History]:
    """Trains the CNN on the base rows and returns the keras.Model with the best validation loss, and its history.

    The same seed on the same machine gives the same weights.
    """
    keras.utils.set_random_seed(seed)
    model = build_model()
    if model.count_params() != PARAMETERS:
        raise InvalidModel(f"the CNN has {model.count_params()} parameters, not {PARAMETERS}: categories.py was changed")
    # Fed with bytes: the float32 of the whole set, four times as large, is never in memory.
    fed = keras.Sequential([keras.layers.Input((SIDE, SIDE, 1), dtype="uint8"), keras.layers.Rescaling(1 / 255), model])
    fed.compile(keras.optimizers.Adam(LEARNING_RATE), "sparse_categorical_crossentropy", metrics=["accuracy"])
    fitted = fed.fit(
        *_bytes(read_base(dataset, Split.TRAIN)),
        validation_data=_bytes(read_base(dataset, Split.VAL)),
        epochs=epochs,
        batch_size=batch_size,
        verbose=0,
        callbacks=[
            keras.callbacks.EarlyStopping(patience=STOP_PATIENCE, restore_best_weights=True),
            keras.callbacks.ReduceLROnPlateau(factor=0.5, patience=PLATEAU_PATIENCE),
            _Told(on_progress, epochs),
        ],
    )
    return model, {name: [float(value) for value in fitted.history[name]] for name in CURVES}


def _bytes(rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    return rows.images[..., None], rows.labels


class _Told(keras.callbacks.Callback):  # type: ignore[misc]
    def __init__(self, on_progress: OnProgress, epochs: int) -> None:
        super().__init__()
        self._on_progress, self._epochs, self._epoch = on_progress, epochs, 0

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        steps = self.params["steps"]
        told = f"epoch {self._epoch + 1}/{self._epochs}"
        if logs:
            told += f"  loss {logs['loss']:.3f}  accuracy {logs['accuracy']:.3f}"
        self._on_progress(told, self._epoch * steps + batch + 1, self._epochs * steps)
