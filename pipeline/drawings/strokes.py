"""Strokes as a client recorded them to a drawing, with Google's pen; they are checked and never trusted."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from pipeline.drawings.arrays import SIDE, Images
from pipeline.drawings.pen import BOX, PAPER, PEN
from pipeline.errors import InvalidDrawing

MAX_STROKES = 500
MAX_POINTS = 20_000
TOUCH = 1e-6
FARTHEST = 1e9  # no screen is larger, and sums of such numbers are still exact enough

Points = NDArray[np.float64]


def draw_strokes(strokes: object) -> Images:
    """The drawing, not yet centred on its ink but in the middle of its box.

    Args:
        strokes: a list of `{"x": [numbers], "y": [numbers]}`.

    Returns:
        uint8 `(28, 28)`.

    Raises:
        InvalidDrawing: `malformed_strokes` or `blank`.
    """
    checked = [points for points in _checked(strokes) if len(points)]
    if not checked:
        raise InvalidDrawing("blank", "the strokes hold no point")
    every = np.concatenate(checked)
    low, high = every.min(axis=0), every.max(axis=0)
    # A single touch of the pen has no size, and becomes a dot.
    scale = BOX / size if (size := float((high - low).max())) > TOUCH else 1.0
    sheet = Image.new("L", (PAPER, PAPER))
    draw = ImageDraw.Draw(sheet)
    for points in checked:
        _draw(draw, (points - (low + high) / 2) * scale + PAPER / 2)
    drawing: Images = np.asarray(sheet.resize((SIDE, SIDE), Image.Resampling.BOX))
    return drawing


def _draw(draw: ImageDraw.ImageDraw, points: Points) -> None:
    # Pillow counts from the middle of a pixel, a drawing from its edge.
    at = (points - 0.5).tolist()
    draw.line([(x, y) for x, y in at], fill=255, width=PEN)
    reach = (PEN - 1) / 2
    for x, y in at:  # round ends and joints
        draw.ellipse((x - reach, y - reach, x + reach, y + reach), fill=255)


def _checked(strokes: object) -> list[Points]:
    if not isinstance(strokes, list) or len(strokes) > MAX_STROKES:
        raise _malformed(f"strokes are a list of at most {MAX_STROKES}")
    points = [_points(stroke) for stroke in strokes]
    if sum(map(len, points)) > MAX_POINTS:
        raise _malformed(f"strokes have at most {MAX_POINTS:,} points in all")
    return points


def _points(stroke: object) -> Points:
    if not isinstance(stroke, dict) or stroke.keys() != {"x", "y"}:
        raise _malformed("a stroke has x and y, and nothing else")
    x, y = stroke["x"], stroke["y"]
    if (
        not isinstance(x, list)
        or not isinstance(y, list)
        or len(x) != len(y)
        or len(x) > MAX_POINTS
    ):
        raise _malformed(f"a stroke's x and y are lists of the same length, at most {MAX_POINTS:,}")
    if not all(_is_number(value) for value in (*x, *y)):
        raise _malformed(f"a stroke's x and y hold finite numbers, none beyond {FARTHEST:g}")
    return np.array([x, y], np.float64).T


def _is_number(value: object) -> bool:
    # Nothing that is not a number, or endless, is within a distance.
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= FARTHEST


def _malformed(message: str) -> InvalidDrawing:
    return InvalidDrawing("malformed_strokes", message)
