"""The plain recipe for a retrain, for comparison: convolutions frozen, five epochs of Adam, each correction three times."""

import math

import keras
import numpy as np

from pipeline.dataset.hdf5 import Rows
from pipeline.drawings import SIDE
from pipeline.model.cnn import build_model
from pipeline.model.head import Head
from pipeline.model.predict import Predictor
from pipeline.progress import OnProgress, silent

EPOCHS = 5
BATCH = 128
LEARNING_RATE = 1e-4
REPEATED = 3


def fit_plain_head(
    champion: Predictor, base: Rows, played: Rows, *, seed: int, on_progress: OnProgress = silent
) -> Head:
    """The head after fine-tuning a copy of the champion; its convolutions are not touched.

    Args:
        champion: the version to start from.
        base: all base rows of train, as bytes.
        played: all corrections of train.
        seed: of orders and dropout.
        on_progress: told after each step.
    """
    keras.utils.set_random_seed(seed)
    model = build_model(len(champion.head.bias))
    model.set_weights(
        [
            given.reshape(like.shape)
            for given, like in zip(champion, model.get_weights(), strict=True)
        ]
    )
    for layer in model.layers[:-1]:
        layer.trainable = False
    network = keras.Sequential(
        [keras.layers.Input((SIDE, SIDE, 1), dtype="uint8"), keras.layers.Rescaling(1 / 255), model]
    )
    network.compile(keras.optimizers.Adam(LEARNING_RATE), "sparse_categorical_crossentropy")
    images = np.concatenate([base.images, *[played.images] * REPEATED])
    labels = np.concatenate([base.labels, *[played.labels] * REPEATED])
    steps = math.ceil(len(labels) / BATCH)
    for epoch in range(EPOCHS):
        order = np.random.default_rng([seed, epoch]).permutation(len(labels))
        for step in range(steps):
            rows = order[step * BATCH : (step + 1) * BATCH]
            network.train_on_batch(images[rows][..., None], labels[rows])
            on_progress(
                f"plain recipe, epoch {epoch + 1} of {EPOCHS}",
                epoch * steps + step + 1,
                EPOCHS * steps,
            )
    return Head(*model.layers[-1].get_weights())
