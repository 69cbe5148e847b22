"""Thicker strokes: drawings as Google's pen made them to drawings as players' pens make them."""

import numpy as np
from scipy.ndimage import grey_dilation

from pipeline.drawings import Images

MOST = 2.0  # pixels that a stroke grows each way
BLOCK = 4_096  # drawings at once
CROSS = np.array([[[False, True, False], [True, True, True], [False, True, False]]])


def thickened(images: Images, rng: np.random.Generator) -> Images:
    """The drawings, uint8 `(n, 28, 28)`, each with strokes up to two pixels thicker each way; part of a pixel is grey."""
    thick = np.empty_like(images)
    by = rng.uniform(0, MOST, (len(images), 1, 1)).astype(np.float32)
    for at in range(0, len(images), BLOCK):
        block, share = images[at : at + BLOCK], by[at : at + BLOCK]
        once = grey_dilation(block, size=(1, 3, 3))
        twice = grey_dilation(once, footprint=CROSS)
        grown = np.maximum(np.minimum(share, 1) * once, np.maximum(share - 1, 0) * twice)
        thick[at : at + BLOCK] = np.maximum(block, grown.astype(np.uint8))
    return thick
