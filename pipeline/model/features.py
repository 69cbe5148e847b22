"""Features of drawings: the output of the frozen backbone, on which the head is fitted."""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from pipeline.drawings import Images
from pipeline.model.head import Floats
from pipeline.model.predict import BLOCK_DRAWINGS, FEATURES, Predictor
from pipeline.progress import OnProgress, silent

BATCH = 512  # drawings between two reports of progress
THREADS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def compute_features(model: Predictor, images: Images, on_progress: OnProgress = silent) -> Floats:
    """Compute the backbone's output for any number of drawings, on all cores.

    Args:
        model: the CNN; its head is not used.
        images: uint8 `(n, 28, 28)`, 0 to 255.
        on_progress: called after each batch.

    Returns:
        float32 `(n, 1600)`, zero or above.
    """
    features = np.empty((len(images), FEATURES), np.float32)

    def compute_block(start: int) -> None:
        block = slice(start, start + BLOCK_DRAWINGS)
        features[block] = model.features(images[block])

    # NumPy releases the interpreter's lock in its loops, so threads run in parallel.
    with ThreadPoolExecutor(THREADS) as pool:
        for start in range(0, len(images), BATCH):
            end = min(start + BATCH, len(images))
            list(pool.map(compute_block, range(start, end, BLOCK_DRAWINGS)))
            on_progress("computing features", end, len(images))
    return features
