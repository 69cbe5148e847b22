"""Drawings 28 x 28 to the same, centred: rolled so that the centre of their ink lies in the middle; nothing else is changed."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from pipeline.drawings.arrays import SIDE, Images

CENTRE = 14
INK = 25  # a pixel above this is ink
CROP_ROWS = (
    512  # cropped at once: what one step hands to the next is still in the processor's cache
)

# For each shift to the right: 255 where a pixel came back on the left.
_CAME_BACK = np.tile(np.where(np.arange(SIDE) < np.arange(SIDE)[:, None], 255, 0), SIDE).astype(
    np.uint8
)


def _sums_of_bytes() -> NDArray[np.int64]:
    """For each of the 98 bytes of a drawing's ink packed into bits, and each of its 256 values: pixels, rows and columns.

    That is the number of its pixels, the sum of their rows and the sum of their columns, in 16 bits each of one integer; over a
    whole drawing none of them grows above 21,168.
    """
    pixels = np.arange(SIDE * SIDE)
    weights = 1 + (pixels // SIDE << 16) + (pixels % SIDE << 32)
    bits = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1)
    sums: NDArray[np.int64] = weights.reshape(-1, 8) @ bits.T.astype(np.int64)
    return sums.ravel()


_INK_SUMS = _sums_of_bytes()
_BYTES = 256 * np.arange(SIDE * SIDE // 8)  # where each byte's 256 sums begin


def centroid_crop(images: Images) -> Images:
    """Rolls each drawing so that the centre of its ink lies at (14, 14).

    Ink is a pixel above 25; the centre is the integer part of its mean row and column; pixels that leave on one side come back
    on the opposite one. A drawing without ink is unchanged.

    Args:
        images: uint8 `(n, 28, 28)`, 0 is paper, 255 is full ink.

    Returns:
        A new uint8 `(n, 28, 28)`.
    """
    cropped = np.empty(images.shape, np.uint8)
    for at in range(0, len(images), CROP_ROWS):
        block = images[at : at + CROP_ROWS]
        flat = block.reshape(-1, SIDE * SIDE)
        cropped[at : at + CROP_ROWS] = _rolled(flat, *_shifts(flat)).reshape(block.shape)
    return cropped


def _shifts(flat: Images) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How far down and right each drawing has to go; int64 `(n,)` each."""
    sums = _INK_SUMS.take(np.packbits(flat > INK, axis=1) + _BYTES).sum(axis=1)
    count = np.maximum(sums & 0xFFFF, 1)
    # Integer division is the integer part of the mean.
    down, right = CENTRE - (sums >> 16 & 0xFFFF) // count, CENTRE - (sums >> 32) // count
    return np.where(sums > 0, down, 0), np.where(sums > 0, right, 0)


def _rolled(flat: Images, down: NDArray[np.int64], right: NDArray[np.int64]) -> Images:
    """Rolls drawings `(n, 784)`, whole ones at a time.

    In a row of pixels written twice, a drawing rolled is the 784 pixels from another start. Only those that leave on the right
    come back one row too low; for them the start is one row further.
    """
    twice = sliding_window_view(np.concatenate([flat, flat], axis=1), SIDE * SIDE, axis=1)
    each = np.arange(len(flat))
    right = right % SIDE
    start = -(SIDE * down + right) % (SIDE * SIDE)
    rolled: Images = twice[each, start]
    higher = twice[each, (start + SIDE) % (SIDE * SIDE)]
    rolled ^= (rolled ^ higher) & _CAME_BACK[right]  # as np.where, four times faster
    return rolled


def centre_once(drawing: Images) -> Images:
    """Centres one drawing that may be centred already, without moving such a one again.

    `centroid_crop` alone does move it where ink had come back on the opposite side: its mean has become another. So a drawing
    is looked at from each place at which it can be cut open between rows (columns) without ink: seen from one of them as
    centred, it stays. Otherwise it is cut open at its edge, or if ink crosses that, in the middle of its widest gap. Where
    every row (column) has ink there is no place to cut, and nothing is moved.

    Args:
        drawing: uint8 `(28, 28)`.

    Returns:
        A new uint8 `(28, 28)`, the drawing rolled. It is `centroid_crop` of any drawing that has paper at its edges and no gap
        inside, and unchanged for whatever `centroid_crop` made of such a one, or this function of any.
    """
    ink = drawing > INK
    return np.roll(drawing, (_way(ink.sum(axis=1)), _way(ink.sum(axis=0))), (0, 1))


def _way(profile: NDArray[np.int64]) -> int:
    """How far to roll, given how much ink each row (column) has."""
    blank = profile == 0
    cuts = np.flatnonzero(blank | np.roll(blank, 1))  # cut c lies before row c
    if blank.all() or not len(cuts):
        return 0
    ways = {
        int(cut): CENTRE
        - int(np.roll(profile, -cut) @ np.arange(SIDE)) // int(profile.sum())
        - int(cut)
        for cut in cuts
    }
    if any(way % SIDE == 0 for way in ways.values()):
        return 0
    return ways[0 if 0 in ways else _middle_of_widest(blank)]


def _middle_of_widest(blank: NDArray[np.bool_]) -> int:
    inked = np.flatnonzero(~blank)
    gaps = np.diff(inked, append=inked[0] + SIDE)
    widest = int(gaps.argmax())
    return int(inked[widest] + (gaps[widest] + 1) // 2) % SIDE
