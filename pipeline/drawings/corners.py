"""Find rounded corners of a canvas that show what was behind it."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pipeline.drawings.arrays import Images

Mask = NDArray[np.bool_]

MAX_COLOUR_DISTANCE = 40  # of what is behind from the colour of the corner, in any channel
MIN_RADIUS = 8  # pixels; smaller corners are as small as specks
DIAGONAL = 1 - math.sqrt(0.5)  # where the arc of a corner of radius 1 crosses the diagonal
EDGE = 3  # pixels at the arc that may be of any colour, and go with the corner
RING = 5  # pixels inside of that, which must not look like the corner
# Down and to the right from the middle of the arc, in parts of the radius, to three places of it.
# On plain paper all are like the corner.
LOOKS = ((0.94, 0.34), (0.707, 0.707), (0.34, 0.94))
# Steps down and to the right that turn each corner to the upper left: of views, so that what is
# written stays.
TURNS = ((1, 1), (1, -1), (-1, 1), (-1, -1))
MIN_OUTSIDE_SHARE = 0.9  # of a corner outside of its arc looks like its outermost pixel
MAX_RING_SHARE = 0.4  # of the ring looks like it
MIN_CORNERS = 3
MAX_REMNANT = 0.15  # of the side: what a rounded frame leaves in the corners of what is inside

_EIGHT_NEIGHBOURS = np.ones((3, 3), bool)


def find_corners(pixels: Images) -> tuple[Mask, Images] | None:
    """Return where rounded corners show what is behind the canvas, and the pixels next to them.

    Args:
        pixels: uint8 `(height, width, channels)`.

    Returns:
        bool `(height, width)`, and uint8 `(n, channels)`; None if fewer than three corners are
        round.
    """
    radii = _measure_radii(pixels)
    if sum(radius > 0 for radius in radii) < MIN_CORNERS:
        return None
    behind = np.zeros(pixels.shape[:2], bool)
    rings = []
    for (down, right), radius in zip(TURNS, radii, strict=True):
        found = _cut_corner(pixels[::down, ::right], radius) if radius else None
        if found is not None:
            outside, ring = found
            behind[::down, ::right][:radius, :radius] |= outside
            rings.append(pixels[::down, ::right][:radius, :radius][ring])
    return (behind, np.concatenate(rings)) if len(rings) >= MIN_CORNERS else None


def drop_remnants(ink: Mask) -> Mask:
    """Return ink without the small pieces in the corners that touch both edges there.

    Args:
        ink: bool `(height, width)`, what is inside of a frame.
    """
    kept = ink.copy()
    side = max(2, round(MAX_REMNANT * min(ink.shape)))
    for down, right in TURNS:
        part = kept[::down, ::right][: side + 1, : side + 1]
        labels, _ = ndimage.label(part, _EIGHT_NEIGHBOURS)
        touching = set(labels[0]) & set(labels[:, 0]) - {0}
        leaving = {*labels[-1], *labels[:, -1]}
        part[np.isin(labels, [*(touching - leaving)])] = False
    return kept


def _measure_radii(pixels: Images) -> list[int]:
    """Return the radius of each corner, in pixels; 0 where it cannot be round."""
    half = min(pixels.shape[:2]) // 2
    if half < MIN_RADIUS:
        return [0] * len(TURNS)
    # The diagonals from all four corners inwards at once: int16 (4, half, channels).
    places = np.arange(half) * np.array(TURNS)[:, :, None] - (np.array(TURNS)[:, :, None] < 0)
    diagonals = pixels[places[:, 0], places[:, 1]].astype(np.int16)
    unlike = np.abs(diagonals - diagonals[:, :1]).max(axis=2) > MAX_COLOUR_DISTANCE
    return [
        _check_ring(pixels[::down, ::right], min(math.floor(first / DIAGONAL + 0.5), half))
        for (down, right), first in zip(TURNS, unlike.argmax(axis=1).tolist(), strict=True)
    ]


def _check_ring(pixels: Images, radius: int) -> int:
    """Return the radius, or 0 if the upper left corner does not look round at three places."""
    if radius < MIN_RADIUS:
        return 0
    corner = pixels[0, 0].tolist()
    away = radius - EDGE - 1
    alike = 0
    for down, right in LOOKS:
        y, x = (math.floor(radius - away * part + 0.5) for part in (down, right))
        distances = (abs(a - b) for a, b in zip(pixels[y, x].tolist(), corner, strict=True))
        alike += max(distances) <= MAX_COLOUR_DISTANCE
    return 0 if alike > 1 else radius


def _cut_corner(pixels: Images, radius: int) -> tuple[Mask, Mask] | None:
    """Return which pixels of the upper left corner are behind the canvas, and the ring inside.

    Returns:
        bool `(radius, radius)` each; None if the corner is not round.
    """
    corner = pixels[0, 0].astype(np.int16)
    part = pixels[:radius, :radius].astype(np.int16)
    alike = np.abs(part - corner).max(axis=2) <= MAX_COLOUR_DISTANCE
    y, x = np.mgrid[:radius, :radius] + 0.5
    # Squares of distances, which are exact.
    distance = (radius - y) ** 2 + (radius - x) ** 2
    certain = distance > (radius + 1) ** 2
    inner = (radius - EDGE) ** 2
    ring = (distance < inner) & (distance >= (radius - EDGE - RING) ** 2)
    if not certain.any() or not ring.any():
        return None
    is_round = alike[certain].mean() >= MIN_OUTSIDE_SHARE and alike[ring].mean() <= MAX_RING_SHARE
    return (distance >= inner, ring) if is_round else None
