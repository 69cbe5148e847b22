"""The plain recipe for training, to compare ours with: float32 in memory, with Keras alone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import keras


def plain_train(dataset: Path, seed: int, on_epoch: Callable[[float], None]) -> Any:
    """Train the CNN; call `on_epoch` with the accuracy on the val split after each epoch."""
    keras.utils.set_random_seed(seed)
    with h5py.File(dataset) as file:
        arrays = {name: file[name][:] for name in ("X_train", "y_train", "X_val", "y_val")}
    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(20, activation="softmax"),
        ]
    )
    model.compile(
        keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    model.fit(
        arrays["X_train"][..., None],
        arrays["y_train"],
        validation_data=(arrays["X_val"][..., None], arrays["y_val"]),
        batch_size=128,
        epochs=15,
        verbose=0,
        callbacks=[
            keras.callbacks.EarlyStopping(patience=3, restore_best_weights=True),
            keras.callbacks.ReduceLROnPlateau(factor=0.5, patience=2),
            keras.callbacks.LambdaCallback(
                on_epoch_end=lambda _, logs: on_epoch(logs["val_accuracy"])
            ),
        ],
    )
    return model
