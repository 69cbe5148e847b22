"""Drawings that fit no class, from which the referee learns: patchworks and scrawls."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from pipeline.drawings import SIDE, Images, centroid_crop

CUTS = (10, 19)  # range of rows and columns at which drawings are cut
OFFSET = 5  # pixels by which the second of two overlaid drawings is moved
SHEET = 4 * SIDE  # side of the sheet for scrawls, in pixels; it is then scaled down
LINE_WIDTH = 6  # on the sheet; as Quick, Draw! draws in its box of 256 pixels
COORDINATES = (8, SHEET - 8)
STROKES = (1, 6)  # strokes in a scrawl: one to five
POINTS = (2, 9)  # points of a stroke: two to eight
CURVED_SHARE = 0.5  # strokes that are curves; the others are straight or zigzag
STEPS = 12  # points of a curve for each of its inner control points


def make_patchworks(images: Images, count: int, rng: np.random.Generator) -> Images:
    """Combine parts of several drawings into new ones.

    There are four kinds, equally likely: an upper and a lower half, a left and a right half, four
    quarters, and two drawings on top of each other.

    Args:
        images: uint8 `(n, 28, 28)`, n at least 1, of all classes.
        count: how many to make.
        rng: chooses the drawings, the kind and the cuts.

    Returns:
        uint8 `(count, 28, 28)`, centred.
    """
    first, second, third, fourth = (images[rng.integers(len(images), size=count)] for _ in range(4))
    cuts = rng.integers(*CUTS, (2, count, 1, 1))
    line = np.arange(SIDE)
    is_lower, is_right = line[:, None] >= cuts[0], line >= cuts[1]
    # All four kinds are computed for every drawing, and one of them is selected.
    kinds = (
        np.where(is_lower, second, first),
        np.where(is_right, second, first),
        np.where(is_lower, np.where(is_right, fourth, third), np.where(is_right, second, first)),
        np.maximum(first, np.roll(second, (OFFSET, OFFSET), (1, 2))),
    )
    return centroid_crop(np.choose(rng.integers(len(kinds), size=(count, 1, 1)), kinds))


def draw_scrawls(count: int, rng: np.random.Generator) -> Images:
    """Draw random strokes: one to five in each drawing, straight, zigzag or curved.

    Args:
        count: how many drawings to make.
        rng: chooses the strokes.

    Returns:
        uint8 `(count, 28, 28)`, centred.
    """
    scrawls = np.empty((count, SIDE, SIDE), np.uint8)
    for index in range(count):
        sheet = Image.new("L", (SHEET, SHEET))
        canvas = ImageDraw.Draw(sheet)
        for _ in range(int(rng.integers(*STROKES))):
            points = rng.uniform(*COORDINATES, (int(rng.integers(*POINTS)), 2))
            is_curved = rng.random() < CURVED_SHARE
            line = _interpolate_curve(points) if is_curved else points.ravel().tolist()
            canvas.line(line, fill=255, width=LINE_WIDTH)
        scrawls[index] = np.asarray(sheet.resize((SIDE, SIDE), Image.Resampling.BOX))
    return centroid_crop(scrawls)


def _interpolate_curve(points: NDArray[np.float64]) -> list[float]:
    """Return a smooth line along control points `(n, 2)`, as x and y in turns.

    It is a quadratic B-spline: one parabola for each inner point, from the middle of the segment
    before the point to the middle of the segment after it.
    """
    middles = (points[:-1] + points[1:]) / 2
    t = np.linspace(0, 1, STEPS)[:, None]
    parabolas = [
        (1 - t) ** 2 * start + 2 * t * (1 - t) * point + t**2 * end
        for start, point, end in zip(middles[:-1], points[1:-1], middles[1:], strict=True)
    ]
    return np.concatenate([points[:1], *parabolas, points[-1:]]).ravel().tolist()
