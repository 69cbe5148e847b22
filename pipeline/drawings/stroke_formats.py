"""Read strokes in the forms in which games record them.

Firestore takes no list in a list, so games write Quick, Draw!'s own form as JSON text, or maps in
its place. What does not belong to the line, such as times or pressure, is ignored.
"""

import json
from typing import Any

from pipeline.errors import InvalidDrawing
from pipeline.reasons import DrawingReason

MAX_STROKES = 500
MAX_POINTS = 20_000
MAX_JSON = 1024 * 1024
"""Characters of JSON text: as many as a document of Firestore can hold."""
COLUMNS = (2, 3)
"""Quick, Draw! writes a stroke as [[x, ...], [y, ...]], or with a third list, of times."""


def read_strokes(strokes: object) -> list[tuple[list[Any], list[Any]]]:
    """Return the x and the y of the points of each stroke, not yet checked to be numbers.

    Args:
        strokes: unchecked; a list of at most 500 strokes, or the same as JSON text, or as a map
            with the positions as keys. A stroke is one of: a map with the lists `x` and `y`;
            `[[x, ...], [y, ...]]`, perhaps with times behind; a list of points, or a map with a
            list `points`. A point is a map with `x` and `y`, or a list [x, y].

    Raises:
        InvalidDrawing: `malformed_strokes`.
    """
    if isinstance(strokes, str):
        strokes = _parse_json(strokes)
    listed = _read_list(strokes)
    if listed is None or len(listed) > MAX_STROKES:
        raise malformed_strokes(f"strokes are a list of at most {MAX_STROKES}")
    columns = [_read_stroke(stroke) for stroke in listed]
    if sum(len(x) for x, _ in columns) > MAX_POINTS:
        raise malformed_strokes(f"strokes have at most {MAX_POINTS:,} points in all")
    return columns


def malformed_strokes(message: str) -> InvalidDrawing:
    """Return the error for strokes that cannot be read."""
    return InvalidDrawing(DrawingReason.MALFORMED_STROKES, message)


def _read_stroke(stroke: object) -> tuple[list[Any], list[Any]]:
    """Return the x and the y of a stroke's points, lists of the same length, at most 20,000."""
    columns = _read_columns(stroke)
    if columns is None:
        points = stroke.get("points") if isinstance(stroke, dict) and "points" in stroke else stroke
        columns = _read_points(_read_list(points))
    if columns is None:
        raise malformed_strokes("a stroke has the lists x and y, or is a list of points")
    x, y = columns
    if len(x) != len(y) or len(x) > MAX_POINTS:
        raise malformed_strokes(
            f"a stroke's x and y are lists of the same length, at most {MAX_POINTS:,}"
        )
    return x, y


def _read_columns(stroke: object) -> tuple[list[Any], list[Any]] | None:
    """Return x and y of a stroke that has them apart; None if it has another form."""
    if isinstance(stroke, dict) and {"x", "y"} <= stroke.keys():
        x, y = stroke["x"], stroke["y"]
    else:
        columns = _read_list(stroke)
        if columns is None or len(columns) not in COLUMNS:
            return None
        x, y = columns[:2]
    return (x, y) if isinstance(x, list) and isinstance(y, list) else None


def _read_points(points: list[Any] | None) -> tuple[list[Any], list[Any]] | None:
    """Return x and y of a stroke that is a list of points; None if it is none."""
    if points is None or len(points) > MAX_POINTS:
        return None
    x, y = [], []
    for point in points:
        if isinstance(point, dict) and {"x", "y"} <= point.keys():
            x.append(point["x"])
            y.append(point["y"])
        elif isinstance(point, list) and point[1:]:
            x.append(point[0])
            y.append(point[1])
        else:
            return None
    return x, y


def _read_list(value: object) -> list[Any] | None:
    """Return a list, also one that is written as a map with the keys "0", "1", "2" and so on."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict) and value:
        try:
            return [value[str(position)] for position in range(len(value))]
        except KeyError:
            return None
    return None


def _parse_json(text: str) -> object:
    if len(text) > MAX_JSON:
        raise malformed_strokes("strokes as text are longer than a document can be")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise malformed_strokes("strokes are text, but not JSON") from None
