"""Measure in whole numbers how deep pixels lie in a shape."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Squares = NDArray[np.unsignedinteger[Any]]

UNIT = 256
"""Distances are counted in so many parts of a pixel."""
SMALL = 180
"""Pixels: twice the square of it is below 2 ** 16."""


def measure_squares(shape: Mask, farthest: int | None = None) -> Squares:
    """Return the square of each pixel's distance to the nearest pixel outside of the shape.

    Distances are between the middles of pixels. What lies around the picture counts neither as
    shape nor as outside. First the distance along the column is found, then the nearest of the
    columns to the left and right; both only as far as the deepest pixel needs.

    Args:
        shape: bool `(height, width)`; at least one pixel is outside.
        farthest: pixels; where the distance is at least this, its square may be returned.

    Returns:
        uint16, or uint32 where depths may be over SMALL, `(height, width)`; 0 outside of the shape.
    """
    limit = _bound_depth(shape) if farthest is None else farthest
    nearest = _square_along_columns(shape, limit)
    height, width = shape.shape
    sides = np.full((height, width + 2 * limit), limit * limit, nearest.dtype)
    sides[:, limit : limit + width] = nearest
    beside = np.empty_like(nearest)
    for step in range(1, limit):
        left, right = sides[:, limit - step :][:, :width], sides[:, limit + step :][:, :width]
        np.minimum(left, right, out=beside)
        beside += nearest.dtype.type(step * step)
        np.minimum(nearest, beside, out=nearest)
    return nearest


def _bound_depth(shape: Mask) -> int:
    """Return a whole number of pixels that no pixel's depth exceeds.

    How often the shape can be eroded by its four neighbours is the largest distance along rows and
    columns together, which is never below the straight one.
    """
    if shape[0].any() or shape[-1].any() or shape[:, 0].any() or shape[:, -1].any():
        # From corner to corner: the only pixel outside may be in one of them.
        return math.isqrt(sum((side - 1) ** 2 for side in shape.shape)) + 1
    # All pixels are the bits of one number, so that a whole erosion takes a microsecond. Around the
    # shape is an edge without it, so nothing wraps around from row to row.
    row = shape.shape[1]
    core = int.from_bytes(np.packbits(shape).tobytes(), "big")
    depth = 1
    while core:
        core &= (core << 1) & (core >> 1) & (core << row) & (core >> row)
        depth += 1
    return depth


def _square_along_columns(shape: Mask, limit: int) -> Squares:
    """Return the square of the distance to the next pixel outside in the same column.

    At most `limit` squared.
    """
    height, width = shape.shape
    core = np.ones((height + 2, width), np.uint8)
    core[1:-1] = shape
    depth = core[1:-1].copy()
    inner = np.empty_like(depth)
    for _ in range(1, limit):
        np.bitwise_and(core[1:-1], core[:-2], out=inner)
        inner &= core[2:]
        core[1:-1] = inner
        depth += inner
    squares: Squares = depth.astype(np.uint16 if limit <= SMALL else np.uint32)
    np.multiply(squares, squares, out=squares)
    return squares


def tabulate_roots(largest: int) -> NDArray[np.int32]:
    """Return the roots of 0, 1, ... up to `largest`, in parts of a pixel, rounded; int32."""
    # IEEE 754 demands a correctly rounded root, unlike that of any other function.
    roots = [math.floor(UNIT * math.sqrt(square) + 0.5) for square in range(largest + 1)]
    return np.array(roots, np.int32)
