"""Near-identical drawings of one label: a harvest to which of its drawings are copies of which. Pure.

Two people never draw the same thing the same way; five drawings that hardly differ were made by a program, or sent by a client
that went wrong, under however many names. A few copies happen and are let be.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from pipeline.drawings import SIDE, Images, Labels
from pipeline.model.head import Floats
from pipeline.progress import OnProgress, silent

BURST = 5  # near-identical drawings
ALIKE = 0.985  # correlation of two blurred drawings; of independent ones only some simple shapes get so near
BLUR = 0.7  # pixels: what a canvas moved by part of a pixel changes
HALF = SIDE // 2
BLOCK_PAIRS = 4_000_000  # correlated at once: 16 MB


def find_bursts(
    images: Images, labels: Labels, on_progress: OnProgress = silent
) -> NDArray[np.int64]:
    """Which drawing each one is a copy of, among those of its label.

    Args:
        images: uint8 `(n, 28, 28)`, n 0 or more.
        labels: `(n,)`.
        on_progress: told of the drawings compared.

    Returns:
        int64 `(n,)`: the position of the first drawing that is near-identical to it, if four or more others are; its own
        position if it is the first itself, and -1 for all that belong to no burst.
    """
    copied = np.full(len(labels), -1, np.int64)
    done = 0
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        looks = _looks(images[rows])
        step = max(1, BLOCK_PAIRS // len(rows))
        for at in range(0, len(rows), step):
            alike = looks[at : at + step] @ looks.T > ALIKE
            many = alike.sum(axis=1) >= BURST
            copied[rows[at : at + step][many]] = rows[alike[many].argmax(axis=1)]
            done += len(alike)
            on_progress("looking for copies", done, len(labels))
    return copied


def _looks(images: Images) -> Floats:
    """float32 `(n, 196)` of length 1, whose products are correlations: drawings blurred, halved, and without their mean."""
    looks = np.empty((len(images), HALF * HALF), np.float32)
    for at, image in enumerate(images):
        blurred = gaussian_filter(image.astype(np.float32), BLUR)
        looks[at] = blurred.reshape(HALF, 2, HALF, 2).mean(axis=(1, 3)).ravel()
    looks -= looks.mean(axis=1, keepdims=True)
    unit: Floats = looks / np.maximum(np.linalg.norm(looks, axis=1, keepdims=True), 1e-6)
    return unit
