"""Detect noise: ink spread evenly over its box, each pixel independent of its neighbours."""

import numpy as np
from numpy.typing import NDArray

from pipeline.drawings.paper import count_ink

Mask = NDArray[np.bool_]

MIN_SIDE = 32  # pixels, of the shorter side; with less ink there is too little to test
CELLS = 8  # along each side, to test for evenness
# All comparisons are of whole numbers, so shares are written as fractions.
# Coefficient of variation (standard deviation / mean) of the ink in the cells. A drawing has at
# least this much.
MIN_VARIATION = (35, 100)
MIN_CORRELATION = (2, 10)  # between neighbouring pixels; parts of a stroke have at least this much
# How much the ink of the rows (columns) varies, as a multiple of what chance gives. Above it they
# are the lines of a grid.
MAX_LINE_VARIATION = (16, 10)
STEPS = (1, 2, 4, 8)  # sides of the squares, in pixels, that noise may be made of
MIN_SAMPLED_SIDE = 24  # pixels, of the shorter side after taking every n-th pixel


def is_scribble(ink: Mask) -> bool:
    """Return whether ink is noise instead of a drawing.

    A drawing leaves some part of its bounding box empty. Ink that fills the box evenly is either
    noise, or a shape that is filled in, hatched or blackened by hand. In such a shape pixels
    correlate with their neighbours in at least one of four directions, or some rows or columns
    hold much more ink than others. In noise neither is the case.

    Noise may consist of squares of several pixels, which correlate within a square. So the test is
    repeated on every second, fourth and eighth pixel.

    Args:
        ink: bool `(height, width)`, cropped to its bounding box.
    """
    if min(ink.shape) < MIN_SIDE or not _fills_evenly(ink):
        return False
    steps = [step for step in STEPS if min(ink.shape) >= step * MIN_SAMPLED_SIDE]
    return any(_is_random(ink[::step, ::step]) for step in steps)


def _fills_evenly(ink: Mask) -> bool:
    """Return whether 8 x 8 cells hold about the same share of ink."""
    height, width = (side // CELLS for side in ink.shape)
    whole_cells = ink[: CELLS * height, : CELLS * width].view(np.uint8)
    tall = np.add.reduce(whole_cells.reshape(CELLS, height, CELLS * width), axis=1, dtype=np.uint16)
    cells = tall.reshape(CELLS, CELLS, width).sum(axis=2, dtype=np.int64)
    total, squares = int(cells.sum()), int((cells * cells).sum())
    # With n cells the variance is (n * squares - total ** 2) / n ** 2, and the mean total / n.
    share, of = MIN_VARIATION
    return (CELLS * CELLS * squares - total**2) * of**2 < (share * total) ** 2


def _is_random(ink: Mask) -> bool:
    """Return whether pixels are independent of their neighbours, and no row or column stands out.

    If a share p of the pixels is set, two independent pixels differ with probability 2p(1 - p).
    With correlation r they differ with probability 2p(1 - p)(1 - r), so the relative deviation
    from chance is the correlation.
    """
    size, count = ink.size, int(np.count_nonzero(ink))
    by_chance = 2 * count * (size - count)  # times size ** 2
    # Each pixel with its neighbour to the right, below, and on both diagonals.
    here, right, below, diagonal = ink[:-1, :-1], ink[:-1, 1:], ink[1:, :-1], ink[1:, 1:]
    for one, other in ((here, right), (here, below), (here, diagonal), (right, below)):
        expected = by_chance * one.size
        differing = int(np.count_nonzero(one != other)) * size**2
        share, of = MIN_CORRELATION
        if abs(expected - differing) * of >= share * expected:
            return False
    return not any(_stand_out(counts, ink.size) for counts in count_ink(ink))


def _stand_out(counts: NDArray[np.int64], size: int) -> bool:
    """Return whether some lines hold much more ink than chance gives them.

    The share of ink among the n pixels of a line has a variance of p(1 - p) / n by chance.

    Args:
        counts: of the ink in each line.
        size: the pixels of all lines.
    """
    total, squares = int(counts.sum()), int((counts * counts).sum())
    share, of = MAX_LINE_VARIATION
    # Both sides times size ** 2 times the length of a line.
    spread = (len(counts) * squares - total**2) * (size // len(counts))
    return spread * of**2 >= share**2 * total * (size - total)
