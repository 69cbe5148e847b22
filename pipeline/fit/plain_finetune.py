"""The plain recipe for a retrain, for comparison: fine-tune the head with Adam for five epochs.

The convolutions are frozen, and each answer of a player is in the training data three times.
"""

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
COPIES = 3  # of each answer


def fit_plain_head(
    champion: Predictor,
    base: Rows,
    corrections: Rows,
    *,
    seed: int,
    on_progress: OnProgress = silent,
) -> Head:
    """Fine-tune the head of a copy of the champion. The same seed gives the same head.

    Args:
        champion: the version to start from; it is not changed.
        base: all base rows of train.
        corrections: all answers of train, corrections and confirmations.
        seed: of the order of rows, and of dropout.
        on_progress: called after each step.
    """
    keras.utils.set_random_seed(seed)
    model = build_model(len(champion.head.bias))
    model.set_weights(
        [
            ours.reshape(weights.shape)
            for ours, weights in zip(champion, model.get_weights(), strict=True)
        ]
    )
    for layer in model.layers[:-1]:
        layer.trainable = False
    # The images stay bytes in memory, and become float32 batch by batch.
    network = keras.Sequential(
        [keras.layers.Input((SIDE, SIDE, 1), dtype="uint8"), keras.layers.Rescaling(1 / 255), model]
    )
    network.compile(keras.optimizers.Adam(LEARNING_RATE), "sparse_categorical_crossentropy")
    images = np.concatenate([base.images, *[corrections.images] * COPIES])
    labels = np.concatenate([base.labels, *[corrections.labels] * COPIES])
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
