"""One drawing, recorded in the forms in which games record strokes, is one drawing."""

import json
from typing import Any

import numpy as np
import pytest

from pipeline.drawings import render_strokes
from pipeline.errors import InvalidDrawing

X, Y = [[0, 100, 100], [20, 80]], [[0, 0, 50], [90, 10]]
TIMES = [[0, 16, 33], [40, 56]]
PAIRS = [list(zip(x, y, strict=True)) for x, y in zip(X, Y, strict=True)]
PLAIN = [{"x": x, "y": y} for x, y in zip(X, Y, strict=True)]
QUICKDRAW = [[x, y, t] for x, y, t in zip(X, Y, TIMES, strict=True)]
POINTS = [[{"x": x, "y": y, "pressure": 0.5} for x, y in pairs] for pairs in PAIRS]


def number(values: list[Any]) -> dict[str, Any]:
    return {str(position): value for position, value in enumerate(values)}


FORMS: dict[str, Any] = {
    "with times": [stroke | {"t": t} for stroke, t in zip(PLAIN, TIMES, strict=True)],
    "with colour": [stroke | {"color": "#000", "width": 4} for stroke in PLAIN],
    "Quick, Draw! raw": QUICKDRAW,
    "Quick, Draw! simplified": [stroke[:2] for stroke in QUICKDRAW],
    "as JSON text": json.dumps(QUICKDRAW),
    "maps as JSON text": json.dumps(PLAIN),
    "maps in place of lists": [number(stroke) for stroke in QUICKDRAW],
    "a map of maps": number([number(stroke) for stroke in QUICKDRAW]),
    "a map of strokes": number(PLAIN),
    "lists of points": POINTS,
    "maps with points": [{"points": points, "tool": "pen"} for points in POINTS],
    "pairs": [{"points": [list(pair) for pair in pairs]} for pairs in PAIRS],
}


@pytest.mark.parametrize("strokes", FORMS.values(), ids=FORMS)
def test_every_form_is_the_same_drawing(strokes: Any) -> None:
    assert np.array_equal(render_strokes(strokes), render_strokes(PLAIN))


@pytest.mark.parametrize(
    "strokes",
    [
        "[", "[[[1],[2]]", "[" * 100_000, f"[[[{'9' * 5000}],[1]]]", "null", "7", '{"1": []}',
        '[[["1"],[1]]]', "[[[NaN],[1]]]", "[" + " " * 1024 * 1024, {"0": 1}, {"a": PLAIN[0]},
        [{"points": 7}], [{"points": [7]}], [[[1, 2], [3]]],
    ],
    ids=lambda strokes: f"{strokes!r:.20}",
)  # fmt: skip
def test_what_is_none_of_them_is_malformed(strokes: Any) -> None:
    with pytest.raises(InvalidDrawing) as refused:
        render_strokes(strokes)
    assert refused.value.reason == "malformed_strokes"


def test_too_many_points_in_one_list_are_malformed() -> None:
    with pytest.raises(InvalidDrawing) as refused:
        render_strokes([{"points": [{"x": 1, "y": 1}] * 20_001}])
    assert refused.value.reason == "malformed_strokes"
