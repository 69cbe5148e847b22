"""Canvases as a game with round pens makes them: the drawing's centre lines, drawn once more.

They have nothing in common with how `pipeline/drawings/copying.py` draws canvases, nor with those
of `emulator/players/canvases.py`: so they show what a model knows of canvases in general.
"""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage

from pipeline.drawings import SIDE, Images

ENLARGED = 4 * SIDE  # pixels of the picture whose centre lines are sought
INK_LEVEL = 110
CANVAS_SIDE, FINENESS = 300, 2  # drawn larger by this factor, then reduced: soft edges
SIZES, PENS = (110.0, 260.0), (2.0, 16.0)  # canvas pixels
MARGIN = 10
# The eight neighbours of a pixel, clockwise from above: (down, right).
AROUND = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))


def traced_png(row: Images, rng: np.random.Generator) -> bytes:
    """Return a PNG of a drawing, uint8 (28, 28), in a round pen of 2 to 16 pixels."""
    picture = Image.fromarray(row).resize((ENLARGED, ENLARGED), Image.Resampling.BICUBIC)
    lines = thin(np.asarray(picture) > min(INK_LEVEL, int(row.max()) // 2))
    scale = FINENESS * float(rng.uniform(*SIZES)) / ENLARGED
    pen = FINENESS * float(rng.uniform(*PENS))
    room = FINENESS * (CANVAS_SIDE - MARGIN) - scale * ENLARGED
    place = rng.uniform(FINENESS * MARGIN, max(room, FINENESS * MARGIN), 2)
    points = smooth(lines) * scale + place
    sheet = Image.new("L", (FINENESS * CANVAS_SIDE, FINENESS * CANVAS_SIDE), 255)
    draw = ImageDraw.Draw(sheet)
    for y, x in zip(*np.nonzero(lines), strict=True):
        here = tuple(points[y, x])
        draw.ellipse([part + side * pen / 2 for side in (-1, 1) for part in here], fill=0)
        for down, right in AROUND[2:6]:  # each pair of neighbours once
            if y + down < ENLARGED and 0 <= x + right < ENLARGED and lines[y + down, x + right]:
                there = tuple(points[y + down, x + right])
                draw.line([here, there], fill=0, width=max(1, round(pen)))
    buffer = io.BytesIO()
    sheet.resize((CANVAS_SIDE, CANVAS_SIDE), Image.Resampling.BOX).save(buffer, "PNG")
    return buffer.getvalue()


def thin(ink: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the centre lines of ink, one pixel wide.

    T. Zhang and C. Suen, "A fast parallel algorithm for thinning digital patterns", 1984.
    """
    ink = np.pad(ink, 1)
    while True:
        before = ink.sum()
        for first in (0, 2):
            near = [np.roll(ink, (-down, -right), (0, 1)) for down, right in AROUND]
            count = sum(each.astype(np.int8) for each in near)
            edges = sum((~near[i] & near[(i + 1) % 8]).astype(np.int8) for i in range(8))
            up, right, down, left = near[::2]
            free = (
                ~(up & right & down) & ~(right & down & left)
                if not first
                else ~(up & right & left) & ~(up & down & left)
            )
            ink = ink & ~((count >= 2) & (count <= 6) & (edges == 1) & free)
        if ink.sum() == before:
            return ink[1:-1, 1:-1]


def smooth(lines: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return places (x, y) for the pixels of lines, each moved to the middle of its neighbours."""
    places = np.stack(np.meshgrid(*[np.arange(ENLARGED, dtype=np.float64)] * 2), axis=-1)
    weights = lines.astype(np.float64)
    for _ in range(2):
        near = np.maximum(ndimage.uniform_filter(weights, 3), 1e-9)
        for axis in (0, 1):
            places[..., axis] = ndimage.uniform_filter(places[..., axis] * weights, 3) / near
    return places
