"""Resize a picture in integers, so that every machine and every language gets the same bytes.

Pillow computes the same sums, but the order of its two passes depends on its version and on the
picture, and its windows on sin and cos of the C library. docs/canvas.md states the rule below.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.drawings.arrays import Images

BITS = 22
"""Weights are whole multiples of 2 ** -BITS. Sums of 255 times the weights stay below 2 ** 31."""
MOST = 255
# Hamming's window sinc(x) * (0.54 + 0.46 * cos(pi * x)) is (1 - t) * (HAMMING[0] + HAMMING[1] * t +
# ...) with t = x * x, for |x| < 1; fitted, nowhere off by more than 8e-6. So no function of a C
# library is needed.
HAMMING = (0.9999929, -2.9143363, 3.4895787, -2.1802248, 0.7810202, -0.1361159)

Numbers = NDArray[np.float64]


class Kernel(NamedTuple):
    """How much a pixel counts, by its distance from the middle of the new pixel.

    `reach`: beyond this distance it counts nothing. `weigh`: distances to weights.
    """

    reach: float
    weigh: Callable[[Numbers], Numbers]


def _weigh_box(away: Numbers) -> Numbers:
    return np.where((away > -0.5) & (away <= 0.5), 1.0, 0.0)  # noqa: PLR2004 - half a pixel


def _weigh_linearly(away: Numbers) -> Numbers:
    return np.maximum(1.0 - np.abs(away), 0.0)


def _weigh_by_cubic(sharpness: float) -> Callable[[Numbers], Numbers]:
    """Return the cubic convolution of R. Keys, 1981; `sharpness` is his -a."""

    def weigh(away: Numbers) -> Numbers:
        x, a = np.abs(away), -sharpness
        near = ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0
        far = (((x - 5.0) * x + 8.0) * x - 4.0) * a
        return np.where(x < 1.0, near, np.where(x < 2.0, far, 0.0))  # noqa: PLR2004 - its reach

    return weigh


def _weigh_by_hamming(away: Numbers) -> Numbers:
    square = away * away
    weights = np.full_like(square, HAMMING[-1])
    for coefficient in HAMMING[-2::-1]:
        weights = weights * square + coefficient
    return np.where(square < 1.0, weights * (1.0 - square), 0.0)


BOX = Kernel(0.5, _weigh_box)
LINEAR = Kernel(1.0, _weigh_linearly)
CUBIC = Kernel(2.0, _weigh_by_cubic(0.5))
SHARP_CUBIC = Kernel(2.0, _weigh_by_cubic(0.75))
WINDOWED = Kernel(1.0, _weigh_by_hamming)


def resize(
    picture: Images,
    height: int,
    width: int,
    kernel: Kernel,
    box: tuple[float, float, float, float] | None = None,
) -> Images:
    """Resize a picture, or the part of it in a box.

    Each pass, first along the rows and then along the columns, adds up products of bytes and whole
    weights, which is exact in any order, and rounds the sum to a byte.

    Args:
        picture: uint8 `(rows, columns)`.
        height: of the result, in pixels.
        width: likewise.
        kernel: how pixels are weighed.
        box: left, top, right and bottom, in pixels of the picture; default: the whole.

    Returns:
        uint8 `(height, width)`.
    """
    left, top, right, bottom = box or (0.0, 0.0, *map(float, picture.shape[::-1]))
    wide = resize_rows(picture, width, kernel, left, right)
    return resize_columns(wide, height, kernel, top, bottom)


def resize_rows(picture: Images, width: int, kernel: Kernel, left: float, right: float) -> Images:
    """Do the first pass of `resize`: uint8 `(rows, width)`."""
    across = _combine(picture.T, *weigh_pixels(picture.shape[1], width, kernel, left, right))
    return across.T


def resize_columns(
    picture: Images, height: int, kernel: Kernel, top: float, bottom: float
) -> Images:
    """Do the second pass of `resize`: uint8 `(height, columns)`."""
    return _combine(picture, *weigh_pixels(len(picture), height, kernel, top, bottom))


def weigh_pixels(
    pixels: int, count: int, kernel: Kernel, start: float, end: float
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return which pixels along one axis make each new pixel, and their weights.

    Args:
        pixels: how many there are along the axis.
        count: how many there will be.
        kernel: how they are weighed.
        start: of the part that is resized, in pixels.
        end: likewise.

    Returns:
        The first pixel, int64 `(count,)`, and the weights of that one and the next, int32
        `(n, count)`, of which the last may be 0.
    """
    scale = (end - start) / count
    stretch = max(scale, 1.0)
    reach = kernel.reach * stretch
    middles = start + (np.arange(count) + 0.5) * scale
    first = np.maximum(np.floor(middles - reach + 0.5), 0.0)
    behind = np.minimum(np.floor(middles + reach + 0.5), float(pixels))
    places = first + np.arange(int((behind - first).max()))[:, None]
    weights = kernel.weigh((places + 0.5 - middles) / stretch)
    weights[places >= behind] = 0.0
    total = np.zeros(count)
    for row in weights:  # one after the other: the order of a sum decides its last bits
        total += row
    weights /= total
    weights *= 2.0**BITS
    weights += 0.5
    return first.astype(np.int64), np.floor(weights).astype(np.int32)


def _combine(
    rows: NDArray[np.uint8], first: NDArray[np.int64], weights: NDArray[np.int32]
) -> Images:
    """Return weighted sums of rows as bytes: uint8 `(len(first), rows.shape[1])`."""
    places = first + np.arange(len(weights))[:, None]
    # (n, count, columns): the first pixel of each sum, the second, and so on.
    parts = np.ascontiguousarray(rows).take(places, axis=0, mode="clip")
    # Of whole numbers: no BLAS, whose threads would cost more than the sums.
    sums: NDArray[np.int32] = np.einsum("nc,ncw->cw", weights, parts)
    sums += 1 << (BITS - 1)
    sums >>= BITS
    np.maximum(sums, 0, out=sums)
    np.minimum(sums, MOST, out=sums)
    return sums.astype(np.uint8)
