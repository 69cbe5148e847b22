"""Find the connected pieces of ink, and leave out those that the page printed."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Mask = NDArray[np.bool_]

MAX_PIECES = 10_000  # more are noise; listing them would take seconds

_EIGHT_NEIGHBOURS = np.ones((3, 3), bool)


class Piece(NamedTuple):
    """A connected piece of ink: its number in the labels, and its box; the ends are exclusive."""

    number: int
    top: int
    bottom: int
    left: int
    right: int

    @property
    def height(self) -> int:
        """The number of rows."""
        return self.bottom - self.top

    @property
    def width(self) -> int:
        """The number of columns."""
        return self.right - self.left


def label_pieces(ink: Mask) -> tuple[NDArray[np.int32], list[Piece]]:
    """Return the number of the piece to which each pixel belongs, 0 for none, and the pieces.

    If there are more than MAX_PIECES, none is returned.
    """
    labels = np.zeros(ink.shape, np.int32)
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not len(rows):
        return labels, []
    # Only the box of the ink is searched, which is faster.
    top, left = int(rows[0]), int(columns[0])
    box = slice(top, int(rows[-1]) + 1), slice(left, int(columns[-1]) + 1)
    labels[box], count = ndimage.label(ink[box], _EIGHT_NEIGHBOURS)
    if count > MAX_PIECES:
        return labels, []
    pieces = [
        Piece(number, top + down.start, top + down.stop, left + right.start, left + right.stop)
        for number, (down, right) in enumerate(ndimage.find_objects(labels[box]), start=1)
    ]
    return labels, pieces


def measure_extent(ink: Mask) -> int:
    """Return the longer side of the box of the ink, in pixels; 0 if there is none."""
    lines = [np.flatnonzero(ink.any(axis=axis)) for axis in (0, 1)]
    return max(int(line[-1] - line[0]) + 1 if len(line) else 0 for line in lines)
