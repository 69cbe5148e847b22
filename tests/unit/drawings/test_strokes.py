"""Strokes become the drawing that their canvas becomes; malformed strokes are refused."""

import io
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from emulator.players.sketches import render, sketch
from pipeline.categories import CATEGORIES
from pipeline.drawings import centroid_crop, normalize_canvas, render_strokes
from pipeline.errors import InvalidDrawing
from tests._examples import examples
from tests.unit.drawings._canvases import difference

DOT = {"x": [1], "y": [1]}


def document(strokes: list[Any]) -> list[dict[str, list[float]]]:
    return [{"x": stroke[:, 0].tolist(), "y": stroke[:, 1].tolist()} for stroke in strokes]


def canvas_of(strokes: list[Any], pen: int) -> bytes:
    paper = Image.new("L", (280, 280), 255)
    draw = ImageDraw.Draw(paper)
    points = np.concatenate(strokes)
    low, size = points.min(axis=0), float(np.ptp(points, axis=0).max())
    for stroke in strokes:
        places = [(x, y) for x, y in ((stroke - low) / size * 220 + 30).tolist()]
        draw.line(places, fill=0, width=pen)
        for x, y in places:
            draw.ellipse((x - pen / 2, y - pen / 2, x + pen / 2, y + pen / 2), fill=0)
    buffer = io.BytesIO()
    paper.save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize(
    "strokes",
    [
        None, "x", 7, {}, {"x": [1], "y": [1]}, [None], ["x"], [[1, 2]], [{}],
        [{"x": [1]}], [{"x": [1], "y": []}], [{"x": 1, "y": 1}], [{"x": "12", "y": "12"}],
        [{"x": ["1"], "y": [1]}],
        [{"x": [None], "y": [1]}],
        [{"x": [True], "y": [1]}],
        [{"x": [[1]], "y": [[1]]}], [{"x": [math.nan], "y": [1]}], [{"x": [math.inf], "y": [1]}],
        [{"x": [1e300], "y": [1]}], [{"x": [10**400], "y": [1]}],
        [{"x": (1,), "y": (1,)}], [DOT] * 501, [{"x": [1] * 20_001, "y": [1] * 20_001}],
        [{"x": [1] * 5000, "y": [1] * 5000}] * 5,
    ],
    ids=lambda strokes: repr(strokes)[:30],
)  # fmt: skip
def test_anything_else_than_strokes_is_malformed(strokes: object) -> None:
    with pytest.raises(InvalidDrawing) as refused:
        render_strokes(strokes)
    assert refused.value.reason == "malformed_strokes"


@pytest.mark.parametrize("strokes", [[], [{"x": [], "y": []}]])
def test_strokes_without_a_point_are_blank(strokes: object) -> None:
    with pytest.raises(InvalidDrawing) as refused:
        render_strokes(strokes)
    assert refused.value.reason == "blank"


numbers = st.one_of(
    st.integers(), st.floats(), st.floats(-1e-300, 1e-300), st.text(max_size=2), st.none()
)
lists = st.lists(numbers, max_size=5)


@given(st.lists(st.fixed_dictionaries({"x": lists, "y": lists}), max_size=4))
@settings(deadline=None, max_examples=examples(100))
def test_lists_of_any_content_become_a_drawing_or_are_refused(strokes: Any) -> None:
    try:
        drawing = render_strokes(strokes)
    except InvalidDrawing as fault:
        assert fault.reason in {"malformed_strokes", "blank"}  # noqa: PT017
    else:
        assert (drawing.shape, drawing.dtype) == ((28, 28), np.uint8)
        assert drawing.max() > 25


def test_a_touch_of_the_pen_is_a_dot_in_the_middle() -> None:
    drawing = render_strokes([DOT])
    assert (
        np.flatnonzero(drawing.any(axis=1)).tolist() == np.flatnonzero(drawing.any(axis=0)).tolist()
    )
    assert 1 <= (drawing > 25).sum() <= 9


@pytest.mark.parametrize("category", CATEGORIES)
def test_strokes_are_drawn_as_google_s_renderer_draws_them(category: str) -> None:
    for seed in range(5):
        strokes = sketch(category, np.random.default_rng(seed))
        assert (
            difference(render_strokes(document(strokes)), centroid_crop(render(strokes)[None])[0])
            < 8
        )


@pytest.mark.parametrize("pen", [3, 6, 12])
@pytest.mark.parametrize("category", CATEGORIES)
def test_strokes_and_the_canvas_they_made_become_nearly_the_same_drawing(
    category: str, pen: int
) -> None:
    strokes = sketch(category, np.random.default_rng(1))
    assert (
        difference(render_strokes(document(strokes)), normalize_canvas(canvas_of(strokes, pen)))
        < 16
    )


@given(
    st.floats(1e-3, 9e4), st.integers(-10_000, 10_000), st.integers(-10_000, 10_000)
)  # no point as far as 1e9: refused
@settings(deadline=None, max_examples=examples(40))
def test_scale_and_place_of_strokes_make_no_difference(scale: float, right: int, down: int) -> None:
    strokes = sketch("cat", np.random.default_rng(0))
    moved = [stroke * scale + np.array([right, down]) * scale for stroke in strokes]
    assert difference(render_strokes(document(moved)), render_strokes(document(strokes))) < 1
