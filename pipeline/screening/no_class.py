"""Drawings that are no class, for the referee to learn what fits none: parts of several put together, and scrawls."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from pipeline.drawings import SIDE, Images, centroid_crop

CUTS = (10, 19)  # rows and columns between which a drawing is cut
OFFSET = 5  # pixels between two drawings over each other
SHEET = 4 * SIDE  # what scrawls are drawn on
PEN = 6  # on the sheet, as Google's in its box of 256
REACH = (8, SHEET - 8)
STROKES = (1, 6)
KNOTS = (2, 9)
STEPS = 12  # points between two knots of a curve


def patchworks(images: Images, count: int, rng: np.random.Generator) -> Images:
    """`count` drawings made of the parts of others.

    Args:
        images: uint8 `(n, 28, 28)`, n at least 1, of all classes.
        count: how many; a quarter each of upper and lower half, left and right half, four quarters, two over each other.
        rng: chooses the drawings and where they are cut.

    Returns:
        uint8 `(count, 28, 28)`, centred.
    """
    first, second, third, fourth = (images[rng.integers(len(images), size=count)] for _ in range(4))
    cuts = rng.integers(*CUTS, (2, count, 1, 1))
    line = np.arange(SIDE)
    low, right = line[:, None] >= cuts[0], line >= cuts[1]
    kinds = (
        np.where(low, second, first),
        np.where(right, second, first),
        np.where(low, np.where(right, fourth, third), np.where(right, second, first)),
        np.maximum(first, np.roll(second, (OFFSET, OFFSET), (1, 2))),
    )
    return centroid_crop(np.choose(rng.integers(len(kinds), size=(count, 1, 1)), kinds))


def scrawls(count: int, rng: np.random.Generator) -> Images:
    """`count` drawings, uint8 `(count, 28, 28)`, of one to five strokes each, straight, curved or zigzag, anywhere."""
    drawn = np.empty((count, SIDE, SIDE), np.uint8)
    for each in range(count):
        sheet = Image.new("L", (SHEET, SHEET))
        pen = ImageDraw.Draw(sheet)
        for _ in range(int(rng.integers(*STROKES))):
            stroke = rng.uniform(*REACH, (int(rng.integers(*KNOTS)), 2))
            pen.line(
                _curved(stroke) if rng.random() < 0.5 else stroke.ravel().tolist(),
                fill=255,
                width=PEN,
            )  # noqa: PLR2004
        drawn[each] = np.asarray(sheet.resize((SIDE, SIDE), Image.Resampling.BOX))
    return centroid_crop(drawn)


def _curved(knots: NDArray[np.float64]) -> list[float]:
    """Points of a smooth line near the knots, x and y in turns: a quadratic B-spline."""
    middles = (knots[:-1] + knots[1:]) / 2
    at = np.linspace(0, 1, STEPS)[:, None]
    parts = [
        (1 - at) ** 2 * start + 2 * at * (1 - at) * knot + at**2 * end
        for start, knot, end in zip(middles[:-1], knots[1:-1], middles[1:], strict=True)
    ]
    return np.concatenate([knots[:1], *parts, knots[-1:]]).ravel().tolist()
