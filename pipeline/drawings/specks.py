"""Ink without dirt: cut to the box of the drawing, with small specks far from it left out."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

Mask = NDArray[np.bool_]

LABELLED_SIDE = 256  # larger canvases are looked at more coarsely: where a speck lies need not be known to the pixel
SMALL = 1 / 8  # a speck is no longer than this share of the largest piece of the drawing
FAR = 1 / 4  # and farther from the rest than this share of the rest's longer side

_TOUCHING = np.ones((3, 3), bool)


def remove_specks(ink: Mask) -> Mask:
    """The part of `ink` that holds the drawing.

    A speck is a small piece of ink that lies so far outside of all larger ones that it would spoil the box of the drawing. Dots
    of eyes and drops of rain are within the box or near it, and stay.

    Args:
        ink: bool `(height, width)` with at least one pixel.

    Returns:
        bool, a view: as many rows and columns as the drawing needs.
    """
    ink = _cut(ink)
    coarseness = -(-max(ink.shape) // LABELLED_SIDE)
    labels, count = ndimage.label(_any_ink(ink, coarseness), _TOUCHING)
    if count == 1:
        return ink
    found = ndimage.find_objects(labels)
    boxes = np.array(
        [[rows.start, rows.stop, columns.start, columns.stop] for rows, columns in found]
    )
    kept = _union(boxes[_kept(boxes)]) * coarseness
    return _cut(ink[kept[0] : kept[1], kept[2] : kept[3]])


def _kept(boxes: NDArray[np.int64]) -> Mask:
    """Which pieces belong to the drawing. boxes: `(n, 4)`, first row, row behind the last, and so for columns."""
    longer = np.maximum(boxes[:, 1] - boxes[:, 0], boxes[:, 3] - boxes[:, 2])
    large = longer > SMALL * longer.max()
    top, bottom, left, right = _union(boxes[large])
    gaps = np.stack(
        [top - boxes[:, 1], boxes[:, 0] - bottom, left - boxes[:, 3], boxes[:, 2] - right]
    ).max(axis=0)
    kept: Mask = large | (gaps <= FAR * max(bottom - top, right - left))
    return kept


def _union(boxes: NDArray[np.int64]) -> NDArray[np.int64]:
    low, high = boxes.min(axis=0), boxes.max(axis=0)
    return np.array([low[0], high[1], low[2], high[3]])


def _cut(ink: Mask) -> Mask:
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _any_ink(ink: Mask, coarseness: int) -> Mask:
    """Each pixel stands for a square of `ink`, and is set where that holds any."""
    if coarseness == 1:
        return ink
    # The mean of up to 64 bytes, of which one is 255, is above 0.
    coarse: Mask = np.asarray(Image.fromarray(ink.astype(np.uint8) * 255).reduce(coarseness)) > 0
    return coarse
