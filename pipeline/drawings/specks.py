"""Remove specks of dirt: small pieces of ink far from the drawing."""

import numpy as np
from numpy.typing import NDArray

from pipeline.drawings.pieces import Pieces, label_pieces, list_pieces
from pipeline.drawings.reducing import find_any

Mask = NDArray[np.bool_]

# Larger canvases are labelled at a lower resolution: a speck need not be located to the pixel.
LABELLED_SIDE = 256
SMALL = 1 / 8  # a speck is at most this share of the length of the largest piece of the drawing
FAR = 1 / 4  # and farther from the large pieces than this share of their box's longer side


def remove_specks(ink: Mask, pieces: Pieces | None = None) -> Mask:
    """Crop ink to the bounding box of the drawing, without the specks outside of it.

    The box decides how the drawing is scaled, so a speck far outside would make the drawing tiny.
    A speck is a small piece of ink far outside the box of all large pieces. Dots of eyes and drops
    of rain lie inside that box or near it, and stay. Specks inside the box do not change it, and
    stay too.

    Args:
        ink: bool `(height, width)` with at least one pixel set.
        pieces: of this ink, if they are known.

    Returns:
        bool, a view of the rows and columns that the drawing needs.
    """
    if pieces is None:
        pieces = label_pieces(ink)
    cropped = ink[pieces.box]
    coarseness = -(-max(cropped.shape) // LABELLED_SIDE)  # rounded up
    if pieces.total > 1 and coarseness > 1:
        pieces = label_pieces(find_any(cropped, coarseness))
    if pieces.total == 1:
        return cropped
    boxes = np.array([piece[1:] for piece in pieces.listed or list_pieces(pieces.labels)])
    boxes -= boxes.min(axis=0)[[0, 0, 2, 2]]
    top, bottom, left, right = _join_boxes(boxes[_find_drawing(boxes)]) * coarseness
    return _crop_to_ink(cropped[top:bottom, left:right])


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
