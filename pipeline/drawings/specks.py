"""Remove specks of dirt: small pieces of ink far from the drawing."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pipeline.drawings.reducing import find_any

Mask = NDArray[np.bool_]

# Larger canvases are labelled at a lower resolution: a speck need not be located to the pixel.
LABELLED_SIDE = 256
SMALL = 1 / 8  # a speck is at most this share of the length of the largest piece of the drawing
FAR = 1 / 4  # and farther from the large pieces than this share of their box's longer side

_EIGHT_NEIGHBOURS = np.ones((3, 3), bool)


def remove_specks(ink: Mask) -> Mask:
    """Crop ink to the bounding box of the drawing, without the specks outside of it.

    The box decides how the drawing is scaled, so a speck far outside would make the drawing tiny.
    A speck is a small piece of ink far outside the box of all large pieces. Dots of eyes and drops
    of rain lie inside that box or near it, and stay. Specks inside the box do not change it, and
    stay too.

    Args:
        ink: bool `(height, width)` with at least one pixel set.

    Returns:
        bool, a view of the rows and columns that the drawing needs.
    """
    ink = _crop_to_ink(ink)
    coarseness = -(-max(ink.shape) // LABELLED_SIDE)  # rounded up
    labels, count = ndimage.label(
        find_any(ink, coarseness) if coarseness > 1 else ink, _EIGHT_NEIGHBOURS
    )
    if count == 1:
        return ink
    boxes = np.array(
        [
            [rows.start, rows.stop, columns.start, columns.stop]
            for rows, columns in ndimage.find_objects(labels)
        ]
    )
    top, bottom, left, right = _join_boxes(boxes[_find_drawing(boxes)]) * coarseness
    return _crop_to_ink(ink[top:bottom, left:right])


def _find_drawing(boxes: NDArray[np.int64]) -> Mask:
    """Return which pieces of ink belong to the drawing: the large ones, and those near them.

    Args:
        boxes: int64 `(n, 4)`: first row, end row, first column, end column of each piece; the ends
            are exclusive.

    Returns:
        bool `(n,)`.
    """
    lengths = np.maximum(boxes[:, 1] - boxes[:, 0], boxes[:, 3] - boxes[:, 2])
    large = lengths > SMALL * lengths.max()
    top, bottom, left, right = _join_boxes(boxes[large])
    # The distance of each piece to the box of the large ones; negative inside it.
    gaps = np.stack(
        [top - boxes[:, 1], boxes[:, 0] - bottom, left - boxes[:, 3], boxes[:, 2] - right]
    ).max(axis=0)
    belongs: Mask = large | (gaps <= FAR * max(bottom - top, right - left))
    return belongs


def _join_boxes(boxes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the bounding box of all boxes, int64 `(4,)`."""
    low, high = boxes.min(axis=0), boxes.max(axis=0)
    return np.array([low[0], high[1], low[2], high[3]])


def _crop_to_ink(ink: Mask) -> Mask:
    """Return a view without the empty rows and columns around the ink."""
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
