"""Whether ink is noise: scattered evenly over its whole box, and each pixel without regard to its neighbours."""

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]

FEWEST_PIXELS = 32  # of the shorter side: in less ink there is too little to tell by
CELLS = 8  # each way
UNEVEN = 0.35  # standard deviation of the cells' ink, as a share of their mean, from which on it counts as a drawing
RELATED = 0.2  # correlation of neighbours from which on they are parts of a stroke
UNLIKE = 1.6  # times as much as chance lets rows (columns) differ in their ink, from which on they are lines of a grid
STEPS = (1, 2, 4, 8)  # noise may have been made of squares this large
SAMPLED_PIXELS = 24  # of the shorter side, to judge by


def is_scribble(ink: Mask) -> bool:
    """Whether `ink`, bool `(height, width)` and cut to its box, holds no drawing.

    A drawing leaves some part of its box empty. What fills it evenly is noise or honestly filled, hatched or blackened; in the
    latter pixels are related to their neighbours along at least one of four directions, or whole rows or columns are unlike
    each other; in noise neither.
    """
    if min(ink.shape) < FEWEST_PIXELS or not _is_even(ink):
        return False
    steps = [step for step in STEPS if min(ink.shape) >= step * SAMPLED_PIXELS]
    return any(_is_unrelated(ink[::step, ::step]) for step in steps)


def _is_even(ink: Mask) -> bool:
    height, width = (side // CELLS for side in ink.shape)
    cells = (
        ink[: CELLS * height, : CELLS * width]
        .reshape(CELLS, height, CELLS, width)
        .mean(axis=(1, 3))
    )
    return bool(cells.std() < UNEVEN * cells.mean())


def _is_unrelated(ink: Mask) -> bool:
    share = float(ink.mean())
    by_chance = 2 * share * (1 - share)
    here, right, below, beyond = ink[:-1, :-1], ink[:-1, 1:], ink[1:, :-1], ink[1:, 1:]
    differing = [
        float((one != other).mean())
        for one, other in ((here, right), (here, below), (here, beyond), (right, below))
    ]
    return all(abs(by_chance - found) < RELATED * by_chance for found in differing) and all(
        float(ink.mean(axis=axis).std()) < UNLIKE * (by_chance / 2 / ink.shape[axis]) ** 0.5
        for axis in (0, 1)
    )
