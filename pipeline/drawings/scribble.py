"""Detect noise: ink spread evenly over its box, each pixel independent of its neighbours."""

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]

MIN_SIDE = 32  # pixels, of the shorter side; with less ink there is too little to test
CELLS = 8  # along each side, to test for evenness
# Coefficient of variation (standard deviation / mean) of the ink in the cells. A drawing has at
# least this much.
MIN_VARIATION = 0.35
MIN_CORRELATION = 0.2  # between neighbouring pixels; parts of a stroke have at least this much
# How much the ink of the rows (columns) varies, as a multiple of what chance gives. Above it they
# are the lines of a grid.
MAX_LINE_VARIATION = 1.6
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
    whole_cells = ink[: CELLS * height, : CELLS * width]
    shares = whole_cells.reshape(CELLS, height, CELLS, width).mean(axis=(1, 3))
    return bool(shares.std() < MIN_VARIATION * shares.mean())


def _is_random(ink: Mask) -> bool:
    """Return whether pixels are independent of their neighbours, and no row or column stands out.

    If a share p of the pixels is set, two independent pixels differ with probability 2p(1 - p).
    With correlation r they differ with probability 2p(1 - p)(1 - r), so the relative deviation
    from chance is the correlation.
    """
    share = float(ink.mean())
    by_chance = 2 * share * (1 - share)
    # Each pixel with its neighbour to the right, below, and on both diagonals.
    here, right, below, diagonal = ink[:-1, :-1], ink[:-1, 1:], ink[1:, :-1], ink[1:, 1:]
    pairs = ((here, right), (here, below), (here, diagonal), (right, below))
    differing = [float((one != other).mean()) for one, other in pairs]
    if any(abs(by_chance - part) >= MIN_CORRELATION * by_chance for part in differing):
        return False
    # The mean of n independent pixels has a standard deviation of sqrt(p(1 - p) / n).
    return all(
        float(ink.mean(axis=axis).std())
        < MAX_LINE_VARIATION * (by_chance / 2 / ink.shape[axis]) ** 0.5
        for axis in (0, 1)
    )
