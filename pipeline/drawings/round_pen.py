"""Draw lines with a round pen, in whole numbers."""

import math

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Mask = NDArray[np.bool_]

SEGMENTS_AT_ONCE = 2_000  # so that the longest strokes need some MB


def draw_lines(strokes: list[Points], side: int, width: int) -> Mask:
    """Draw strokes with a round pen: through all points of each, and round at its ends.

    The line is followed from corner of pixels to corner of pixels, the next to it at each step. A
    pixel is inked if its middle is no farther than half the pen from one of these.

    Args:
        strokes: float64 `(n, 2)` each, n at least 1: x and y, from 0 to `side`.
        side: of the paper, in pixels.
        width: of the pen, in pixels, even.

    Returns:
        bool `(side, side)`.
    """
    reach = width // 2
    # With paper around for the pen, which may leave it.
    corners = np.zeros((side + 1 + 2 * reach,) * 2, bool)
    for points in strokes:
        for start in range(0, max(1, len(points) - 1), SEGMENTS_AT_ONCE):
            x, y = _follow(points[start : start + SEGMENTS_AT_ONCE + 1])
            corners[y + reach, x + reach] = True
    return _thicken(corners, reach)[reach:-reach, reach:-reach]


def _follow(points: Points) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the corners, x and y, along the lines between points."""
    starts, ends = points[:-1], points[1:]
    steps = np.ceil(np.abs(ends - starts).max(axis=1, initial=0.0)).astype(np.int64)
    which = np.repeat(np.arange(len(steps)), steps)
    step = np.arange(len(which)) - np.repeat(np.cumsum(steps) - steps, steps)
    places = starts[which] + (ends - starts)[which] * (step / steps[which])[:, None]
    # Each line without its end, which is where the next one starts; and the last point.
    corners = np.floor(np.concatenate([places, points[-1:]]) + 0.5).astype(np.int64)
    return corners[:, 0], corners[:, 1]


def _thicken(corners: Mask, reach: int) -> Mask:
    """Return the pixels whose middle is at most `reach` from a corner.

    Args:
        corners: bool `(n + 1, n + 1)`; none nearer to the edge than `reach`.
        reach: in pixels.

    Returns:
        bool `(n, n)`.
    """
    ink = np.zeros([side - 1 for side in corners.shape], bool)
    # How many corners are to the left of each.
    before = np.pad(np.cumsum(corners, axis=1, dtype=np.int32), ((0, 0), (1, 0)))
    for row in range(reach):
        # Pixels in this row above and below a corner are row + 1/2 away; from the pixel's middle
        # so many corners to both sides are near enough.
        wide = math.floor(math.sqrt(reach**2 - (row + 0.5) ** 2) + 0.5)
        ends, starts = before[:, 2 * wide :], before[:, : -2 * wide]
        near = np.zeros((len(corners), ink.shape[1]), bool)
        near[:, wide - 1 : wide - 1 + ends.shape[1]] = ends > starts
        ink[row:] |= near[: len(ink) - row]
        ink[: len(ink) - row] |= near[row + 1 :]
    return ink
