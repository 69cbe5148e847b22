"""Drawings of any number of made-up classes: each class has its own strokes, drawn unsteadily."""

import zlib

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

SIDE = 28
SHEET = 4 * SIDE  # pixels; scaled down to the drawing
PEN = 6
STROKES, POINTS = 3, 4
UNSTEADINESS = 7.0  # standard deviation of a point, in pixels of the sheet


def name_classes(count: int) -> tuple[str, ...]:
    """Return so many names, some with spaces, hyphens and capitals as Quick, Draw! has them."""
    first = ("The Eiffel Tower", "t-shirt", "smiley_face", "hot air balloon")
    return (*first, *(f"class {number}" for number in range(len(first), count)))[:count]


def draw_rows(name: str, count: int, seed: int) -> NDArray[np.uint8]:
    """Return `count` drawings of a class, uint8 `(count, 784)`, white on black."""
    template = np.random.default_rng(zlib.crc32(name.encode())).uniform(
        12, SHEET - 12, (STROKES, POINTS, 2)
    )
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    rows = np.empty((count, SIDE * SIDE), np.uint8)
    for row in rows:
        sheet = Image.new("L", (SHEET, SHEET))
        pen = ImageDraw.Draw(sheet)
        for stroke in template + rng.normal(0, UNSTEADINESS, template.shape):
            pen.line(stroke.ravel().tolist(), fill=255, width=PEN)
        row[:] = np.asarray(sheet.resize((SIDE, SIDE), Image.Resampling.BOX)).ravel()
    return rows
