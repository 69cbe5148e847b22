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


class Pieces(NamedTuple):
    """The pieces of ink.

    `box`: the rows and columns of all ink; `labels`: int32, in that box, the number of the piece to
    which each pixel belongs, 0 for none. `total`: how many there are. `listed`: the pieces, in
    order of their numbers; none if there are more than MAX_PIECES.
    """

    box: tuple[slice, slice]
    labels: NDArray[np.int32]
    total: int
    listed: list[Piece]


def label_pieces(ink: Mask) -> Pieces:
    """Find the connected pieces of ink."""
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not len(rows):
        return Pieces((slice(0), slice(0)), np.zeros((0, 0), np.int32), 0, [])
    # Only the box of the ink is searched, which is faster.
    top, bottom, left, right = (
        int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1,
    )  # fmt: skip
    box = slice(top, bottom), slice(left, right)
    labels, count = ndimage.label(ink[box], _EIGHT_NEIGHBOURS)
    if count == 1:
        return Pieces(box, labels, 1, [Piece(1, top, bottom, left, right)])
    return Pieces(box, labels, count, list_pieces(labels, top, left) if count <= MAX_PIECES else [])


def list_pieces(labels: NDArray[np.int32], top: int = 0, left: int = 0) -> list[Piece]:
    """Return the labelled pieces; `top` and `left`: where the labels begin."""
    return [
        Piece(number, top + down.start, top + down.stop, left + across.start, left + across.stop)
        for number, (down, across) in enumerate(ndimage.find_objects(labels), start=1)
    ]


def measure_extent(ink: Mask) -> int:
    """Return the longer side of the box of the ink, in pixels; 0 if there is none."""
    lines = [np.flatnonzero(ink.any(axis=axis)) for axis in (0, 1)]
    return max(int(line[-1] - line[0]) + 1 if len(line) else 0 for line in lines)
