"""A canvas becomes a drawing, whatever its polarity, its colour mode and the place of its ink."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from emulator.players.canvases import canvas_png
from pipeline.drawings import normalize_canvas
from tests._examples import examples
from tests.unit.drawings._canvases import (
    Picture,
    assert_drawing_or_refusal,
    canvas,
    png_of,
    row_of,
)


def on_white(ink: Picture) -> bytes:
    return png_of(255 - ink)


def on_transparent(ink: Picture) -> bytes:
    picture = np.zeros((*ink.shape, 4), np.uint8)
    picture[..., 3] = ink
    return png_of(picture)


def white_on_transparent(ink: Picture) -> bytes:
    picture = np.full((*ink.shape, 4), 255, np.uint8)
    picture[..., 3] = ink
    return png_of(picture)


@pytest.mark.parametrize("polarity", [on_white, on_transparent, white_on_transparent])
def test_ink_of_every_polarity_gives_the_same_drawing(polarity: Callable[[Picture], bytes]) -> None:
    assert np.array_equal(normalize_canvas(polarity(canvas())), normalize_canvas(png_of(canvas())))


@given(st.integers(0, 140), st.integers(0, 140))
@settings(deadline=None, max_examples=examples(40))
def test_where_on_the_canvas_the_ink_lies_makes_no_difference(down: int, right: int) -> None:
    sheet = np.zeros((202, 202), np.uint8)
    sheet[1 + down : 61 + down, 1 + right : 61 + right] = canvas()
    assert np.array_equal(normalize_canvas(on_white(sheet)), normalize_canvas(on_white(canvas())))


@given(st.integers(0, 2**32))
@settings(deadline=None, max_examples=examples(30))
def test_a_players_canvas_becomes_a_drawing_with_full_ink(seed: int) -> None:
    drawing = normalize_canvas(canvas_png(row_of("cat", seed), np.random.default_rng(seed)))
    assert (drawing.shape, drawing.dtype, drawing.max()) == ((28, 28), np.uint8, 255)


@pytest.mark.parametrize("pen", [1, 4, 11, 20])
def test_a_line_is_as_long_and_as_wide_as_google_draws_it(pen: int) -> None:
    sheet = np.zeros((400, 300), np.uint8)
    sheet[10:390, 100 : 100 + pen] = 255
    drawing = normalize_canvas(png_of(sheet)) / 255
    width, length = drawing.sum(axis=1).max(), drawing.max(axis=1).sum() / drawing.max()
    assert abs(width - 28 * 16 / 304) < 0.35
    assert abs(length - 28 * 272 / 304) < 0.5


@given(st.integers(3, 120), st.integers(3, 120), st.integers(0, 2**32))
@settings(deadline=None, max_examples=examples(40))
def test_ink_of_any_shape_becomes_a_drawing_or_is_refused(
    height: int, width: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    ink = np.zeros((height, width), np.uint8)
    ink[1:-1, 1:-1] = (rng.random((height - 2, width - 2)) < 0.05) * 255
    ink[1, 1] = 255
    assert_drawing_or_refusal(png_of(ink))


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA"])
def test_every_colour_mode_of_8_bits_gives_the_same_drawing(mode: str) -> None:
    buffer = io.BytesIO()
    Image.fromarray(canvas()).convert(mode).save(buffer, "PNG")
    assert np.array_equal(normalize_canvas(buffer.getvalue()), normalize_canvas(png_of(canvas())))
