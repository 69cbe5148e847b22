"""Find bursts: near-identical drawings of one label.

Two people never draw the same thing in the same way. If five drawings hardly differ, a program made
them, or a faulty client sent them several times, under one player's name or many. Fewer copies
than that also happen by chance, and are ignored.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from pipeline.drawings import SIDE, Images, Labels
from pipeline.model.head import Floats
from pipeline.progress import OnProgress, silent

MIN_BURST = 5
"""Near-identical drawings that make a burst."""
MIN_CORRELATION = 0.985
"""Of two near-identical drawings, blurred. Of independent ones only some simple shapes reach it."""
BLUR_SIGMA = 0.7
"""In pixels. Blurring hides that a copy was moved by a part of a pixel."""
HALF_SIDE = SIDE // 2
BLOCK_PAIRS = 4_000_000
"""Pairs of drawings that are compared together: 16 MB of correlations."""


def find_bursts(
    images: Images, labels: Labels, on_progress: OnProgress = silent
) -> NDArray[np.int64]:
    """Find the original of each drawing that belongs to a burst.

    Args:
        images: uint8 `(n, 28, 28)`, n 0 or more.
        labels: uint8 `(n,)`. Only drawings of the same label are compared.
        on_progress: called after each block of drawings.

    Returns:
        int64 `(n,)`, the originals. If a drawing is near-identical to at least four others, this is
        the position of the first drawing that is near-identical to it, which may be its own.
        Otherwise it is -1.
    """
    originals = np.full(len(labels), -1, np.int64)
    done = 0
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        vectors = _standardize(images[rows])
        # One matrix product gives the correlations of a block of drawings with all of the label.
        # The size of a block is chosen so that memory does not grow with the number of drawings.
        step = max(1, BLOCK_PAIRS // len(rows))
        for start in range(0, len(rows), step):
            similar = vectors[start : start + step] @ vectors.T > MIN_CORRELATION
            in_burst = similar.sum(axis=1) >= MIN_BURST  # each drawing is similar to itself too
            # The argmax of booleans is the position of the first True.
            first = rows[similar[in_burst].argmax(axis=1)]
            originals[rows[start : start + step][in_burst]] = first
            done += len(similar)
            on_progress("looking for copies", done, len(labels))
    return originals


def _standardize(images: Images) -> Floats:
    """Return drawings as vectors whose dot products are correlations.

    Each drawing is blurred and reduced to half its size. Then its mean is subtracted, and it is
    scaled to length 1, so the dot product of two is their Pearson correlation.

    Args:
        images: uint8 `(n, 28, 28)`.

    Returns:
        float32 `(n, 196)`; a blank drawing becomes zeros, which correlate with nothing.
    """
    vectors = np.empty((len(images), HALF_SIDE * HALF_SIDE), np.float32)
    for index, image in enumerate(images):
        blurred = gaussian_filter(image.astype(np.float32), BLUR_SIGMA)
        halved = blurred.reshape(HALF_SIDE, 2, HALF_SIDE, 2).mean(axis=(1, 3))
        vectors[index] = halved.ravel()
    vectors -= vectors.mean(axis=1, keepdims=True)
    unit: Floats = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
    return unit
