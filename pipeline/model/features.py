"""Drawings to features: what the frozen backbone sees in them, which is all that the head is fitted on."""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from pipeline.drawings import Images
from pipeline.model.predict import BLOCK_DRAWINGS, FEATURES, Predictor
from pipeline.progress import OnProgress, silent

BATCH = 512
THREADS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def compute_features(
    model: Predictor, images: Images, on_progress: OnProgress = silent
) -> NDArray[np.float32]:
    """The output of the backbone of `model`.

    Args:
        model: the CNN; its head takes no part.
        images: uint8 `(n, 28, 28)`, 0 to 255.
        on_progress: told after each batch.

    Returns:
        float32 `(n, 1600)`, zero or above.
    """
    seen = np.empty((len(images), FEATURES), np.float32)

    def look(at: int) -> None:
        seen[at : at + BLOCK_DRAWINGS] = model.features(images[at : at + BLOCK_DRAWINGS])

    with ThreadPoolExecutor(THREADS) as pool:
        for at in range(0, len(images), BATCH):
            end = min(at + BATCH, len(images))
            list(pool.map(look, range(at, end, BLOCK_DRAWINGS)))
            on_progress("computing features", end, len(images))
    return seen
