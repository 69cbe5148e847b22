"""Measure in whole numbers how deep pixels lie in a shape."""

import math

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Squares = NDArray[np.int32]

UNIT = 256
"""Distances are counted in so many parts of a pixel."""


def measure_squares(shape: Mask, farthest: int | None = None) -> Squares:
    """Return the square of each pixel's distance to the nearest pixel outside of the shape.

    Distances are between the middles of pixels. What lies around the picture counts neither as
    shape nor as outside. First the distance along the column is found, then the nearest of the
    columns to the left and right; both only as far as the deepest pixel needs.

    Args:
        shape: bool `(height, width)`; at least one pixel is outside.
        farthest: pixels; where the distance is at least this, its square may be returned.

    Returns:
        int32 `(height, width)`, 0 outside of the shape.
    """
    limit = _bound_depth(shape) if farthest is None else farthest
    nearest = _square_along_columns(shape, limit)
    height, width = shape.shape
    sides = np.full((height, width + 2 * limit), limit * limit, np.int32)
    sides[:, limit : limit + width] = nearest
    beside = np.empty_like(nearest)
    for step in range(1, limit):
        left, right = sides[:, limit - step :][:, :width], sides[:, limit + step :][:, :width]
        np.minimum(left, right, out=beside)
        beside += step * step
        np.minimum(nearest, beside, out=nearest)
    return nearest


def _bound_depth(shape: Mask) -> int:
    """Return a whole number of pixels that no pixel's depth exceeds.

    How often the shape can be eroded by its four neighbours is the largest distance along rows and
    columns together, which is never below the straight one.
    """
    core = np.pad(shape, 1, constant_values=True)
    depth = 1
    while core[1:-1, 1:-1].any():
        inner = core[1:-1, 1:-1] & core[:-2, 1:-1]
        inner &= core[2:, 1:-1]
        inner &= core[1:-1, :-2]
        inner &= core[1:-1, 2:]
        core[1:-1, 1:-1] = inner
        depth += 1
    return depth


def _square_along_columns(shape: Mask, limit: int) -> Squares:
    """Return the square of the distance to the next pixel outside in the same column.

    At most `limit` squared.
    """
    core = np.ones((len(shape) + 2, shape.shape[1]), bool)
    core[1:-1] = shape
    depth = shape.astype(np.int32)
    for _ in range(1, limit):
        inner = core[1:-1] & core[:-2]
        inner &= core[2:]
        core[1:-1] = inner
        depth += inner
    depth *= depth
    return depth


def tabulate_roots(largest: int) -> NDArray[np.int32]:
    """Return the roots of 0, 1, ... up to `largest`, in parts of a pixel, rounded; int32."""
    # IEEE 754 demands a correctly rounded root, unlike that of any other function.
    roots = [math.floor(UNIT * math.sqrt(square) + 0.5) for square in range(largest + 1)]
    return np.array(roots, np.int32)
