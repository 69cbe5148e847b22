"""Reduce large pictures by a whole factor, in whole numbers."""

import numpy as np
from numpy.typing import NDArray

from pipeline.drawings.arrays import Images

Sums = NDArray[np.int64]


def reduce(channels: list[Images], factor: int) -> list[Images]:
    """Average the squares of `factor` pixels a side, rounded half up.

    At the right and lower edges a square may be cut; the mean is then that of its pixels. Where
    there is an alpha, it weighs the colours: what cannot be seen has no colour.

    Args:
        channels: uint8 `(height, width)` each; a fourth one is alpha.
        factor: 2 or more.

    Returns:
        The same channels, uint8 `(height / factor, width / factor)`, both rounded up.
    """
    rows, columns = channels[0].shape
    if len(channels) <= len("RGB"):
        counts = _sum_squares(np.ones((rows, columns), np.uint8), factor)
        return [_divide(_sum_squares(channel, factor), counts) for channel in channels]
    *colours, alpha = channels
    counts = _sum_squares(np.ones((rows, columns), np.uint8), factor)
    weights = _sum_squares(alpha, factor)
    wide = alpha.astype(np.uint16)
    seen = np.maximum(weights, 1)
    return [
        *(_divide(_sum_squares(colour * wide, factor), seen) for colour in colours),
        _divide(weights, counts),
    ]


def find_any(ink: NDArray[np.bool_], factor: int) -> NDArray[np.bool_]:
    """Return which squares of `factor` pixels a side hold any ink; the last ones may be cut."""
    starts = [np.arange(0, side, factor) for side in ink.shape]
    tall = np.logical_or.reduceat(ink, starts[0], axis=0)
    return np.asarray(np.logical_or.reduceat(tall, starts[1], axis=1))


def _sum_squares(values: NDArray[np.uint8] | NDArray[np.uint16], factor: int) -> Sums:
    """Return the sum over each square."""
    starts = [np.arange(0, side, factor) for side in values.shape]
    tall = np.add.reduceat(values, starts[0], axis=0, dtype=np.int64)
    return np.asarray(np.add.reduceat(tall, starts[1], axis=1))


def _divide(sums: Sums, counts: Sums) -> Images:
    """Return the quotient, rounded half up, as bytes."""
    return ((2 * sums + counts) // (2 * counts)).astype(np.uint8)
