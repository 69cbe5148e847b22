"""Check strokes as a client recorded them, and draw them with Google's pen."""

import numpy as np
from numpy.typing import NDArray

from pipeline.drawings.arrays import SIDE, Images
from pipeline.drawings.pen import BOX_SIDE, FULL, PAPER_SIDE, PEN_WIDTH
from pipeline.drawings.resizing import BOX, resize
from pipeline.drawings.round_pen import draw_lines
from pipeline.drawings.stroke_formats import malformed_strokes, read_strokes
from pipeline.errors import InvalidDrawing
from pipeline.reasons import DrawingReason

MIN_SIZE = 1e-6  # strokes that extend less than this are one touch of the pen
MAX_COORDINATE = 1e9  # larger than any screen, and sums of such numbers are still exact enough

Points = NDArray[np.float64]


def draw_strokes(strokes: object) -> Images:
    """Draw strokes as Google's renderer does.

    Args:
        strokes: unchecked; see `read_strokes`.

    Returns:
        uint8 `(28, 28)`. The bounding box is in the middle; the centroid may not be.

    Raises:
        InvalidDrawing: `malformed_strokes`, or `blank` if there is no point.
    """
    inked = [points for points in _check_strokes(strokes) if len(points)]
    if not inked:
        raise InvalidDrawing(DrawingReason.BLANK, "the strokes hold no point")
    all_points = np.concatenate(inked)
    low, high = all_points.min(axis=0), all_points.max(axis=0)
    # A single touch of the pen has no size and cannot be scaled. It becomes a dot.
    scale = BOX_SIDE / size if (size := float((high - low).max())) > MIN_SIZE else 1.0
    placed = [(points - (low + high) / 2) * scale + PAPER_SIDE / 2 for points in inked]
    sheet = draw_lines(placed, PAPER_SIDE, PEN_WIDTH)
    return resize(sheet.view(np.uint8) * np.uint8(FULL), SIDE, SIDE, BOX)


def _check_strokes(strokes: object) -> list[Points]:
    """Return the points of each stroke, float64 `(n, 2)`. Raise InvalidDrawing if malformed."""
    points = []
    for x, y in read_strokes(strokes):
        if not all(_is_coordinate(value) for value in (*x, *y)):
            raise malformed_strokes(
                f"a stroke's x and y hold finite numbers, none beyond {MAX_COORDINATE:g}"
            )
        points.append(np.array([x, y], np.float64).T)
    return points


def _is_coordinate(value: object) -> bool:
    # NaN and infinity fail the comparison. A bool is an int in Python, but not a coordinate.
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and abs(value) <= MAX_COORDINATE
    )
