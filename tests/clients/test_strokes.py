"""The web client draws strokes, byte for byte, as Redraw does, and refuses what it refuses."""

import json
from typing import Any

import numpy as np

from emulator.players.sketches import sketch
from pipeline.categories import CATEGORIES
from pipeline.drawings import render_strokes
from pipeline.errors import InvalidDrawing
from tests.clients._node import ask_node, needs_node

pytestmark = needs_node

DOT = {"x": [1], "y": [1]}
REFUSED: list[Any] = [
    None, True, 7, "x", "[1", {}, [], [None], ["x"], [[1, 2]], [{}], [DOT] * 501,
    {"x": [1], "y": [1]}, [{"x": [1]}], [{"x": [1], "y": []}], [{"x": 1, "y": 1}],
    [{"x": [], "y": []}],
    [{"x": "12", "y": "12"}], [{"x": ["1"], "y": [1]}], [{"x": [None], "y": [1]}],
    [{"x": [True], "y": [1]}], [{"x": [[1]], "y": [[1]]}], [{"x": [2e9], "y": [1]}],
    [{"x": [1] * 20_001, "y": [1] * 20_001}], [{"x": [1] * 5000, "y": [1] * 5000}] * 5,
    {"0": DOT, "2": DOT}, [{"points": [{"x": 1}]}], [{"points": 3}], [[[1], [2], [3], [4]]],
]  # fmt: skip


def render(strokes: Any) -> str:
    try:
        return render_strokes(strokes).tobytes().hex()
    except InvalidDrawing as fault:
        return fault.reason


def list_forms(x: list[float], y: list[float]) -> list[Any]:
    """The forms in which games record one stroke."""
    points = list(zip(x, y, strict=True))
    return [
        [{"x": x, "y": y}],
        [[x, y]],
        [[x, y, x]],
        [[list(point) for point in points]],
        [{"points": [{"x": across, "y": down} for across, down in points]}],
        {"0": {str(index): list(point) for index, point in enumerate(points)}},
        json.dumps([{"x": x, "y": y}]),
    ]


def list_drawings() -> list[Any]:
    rng = np.random.default_rng(0)
    drawings: list[Any] = [
        [DOT],
        [DOT, {"x": [1, 1], "y": [1, 90]}],
        *list_forms([1, 9, 5], [0, 2, 7.5]),
    ]
    for number, category in enumerate(CATEGORIES):
        scale, place = 10.0 ** rng.integers(-6, 6), rng.integers(-50, 50, 2)
        strokes = sketch(category, np.random.default_rng(number))
        drawings.append(
            [{"x": part[:, 0].tolist(), "y": part[:, 1].tolist()}
             for part in ((stroke + place) * scale for stroke in strokes)]
        )  # fmt: skip
    return drawings


def test_strokes_become_the_same_drawings_and_refusals() -> None:
    strokes = [*list_drawings(), *REFUSED]
    question = {"folder": "", "canvases": [], "strokes": strokes}
    rendered = ask_node("canvases.mjs", question)["rendered"]
    assert rendered == [render(drawing) for drawing in strokes]
    assert set(rendered[-len(REFUSED) :]) == {"malformed_strokes", "blank"}
