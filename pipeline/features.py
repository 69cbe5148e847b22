"""Drawings to features: what the frozen backbone sees in them, which is all that the head is fitted on."""

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from pipeline.dataset import scaled
from pipeline.drawings import Images
from pipeline.model import FEATURES
from pipeline.progress import OnProgress, silent

BATCH = 512


def features(model: Any, images: Images, on_progress: OnProgress = silent) -> NDArray[np.float32]:
    """The output of the backbone of `model`.

    Args:
        model: the CNN; its head takes no part.
        images: uint8 `(n, 28, 28)`, 0 to 255.
        on_progress: told after each batch.

    Returns:
        float32 `(n, 1600)`, zero or above.
    """
    backbone = keras.Model(model.inputs, model.layers[-3].output)
    seen = np.empty((len(images), FEATURES), np.float32)
    for at in range(0, len(images), BATCH):
        batch = scaled(images[at : at + BATCH])[..., None]
        # Padded to one shape, so that the graph is traced once.
        padded = np.pad(batch, ((0, BATCH - len(batch)), (0, 0), (0, 0), (0, 0)))
        seen[at : at + len(batch)] = backbone.predict_on_batch(padded)[: len(batch)]
        on_progress("computing features", at + len(batch), len(images))
    return seen
