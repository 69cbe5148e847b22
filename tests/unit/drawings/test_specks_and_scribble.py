"""Dirt far from a drawing is removed, parts of a drawing never are.

Noise is refused; what is hatched or filled in is a drawing.
"""

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from emulator.players.canvases import canvas_png
from emulator.players.sketches import sketch_rows
from pipeline.categories import CATEGORIES
from pipeline.drawings import normalize_canvas
from tests.unit.drawings._canvases import png_of, reason_for

Picture = NDArray[np.uint8]


def sheet() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    paper = Image.new("L", (280, 280), 255)
    return paper, ImageDraw.Draw(paper)


def face(specks: tuple[tuple[int, int], ...] = ()) -> bytes:
    """A face of 100 pixels in the middle, with dots for eyes, and dirt."""
    paper, draw = sheet()
    draw.ellipse((90, 90, 190, 190), outline=0, width=5)
    for x, y in ((120, 125), (155, 125)):
        draw.ellipse((x, y, x + 5, y + 5), fill=0)
    for x, y in specks:
        draw.ellipse((x, y, x + 6, y + 6), fill=0)
    return png_of(np.asarray(paper))


# Specks


@pytest.mark.parametrize(
    "specks", [((2, 2),), ((270, 4), (3, 270)), ((130, 1),), ((270, 270), (5, 5), (130, 271))]
)
def test_specks_far_from_the_drawing_change_nothing(specks: tuple[tuple[int, int], ...]) -> None:
    assert np.array_equal(normalize_canvas(face(specks)), normalize_canvas(face()))


@pytest.mark.parametrize("near", [(135, 75), (137, 140), (195, 130)])
def test_a_dot_in_or_near_the_drawing_is_part_of_it(near: tuple[int, int]) -> None:
    assert not np.array_equal(normalize_canvas(face((near,))), normalize_canvas(face()))


def test_a_drawing_of_dots_alone_keeps_them_all() -> None:
    paper, draw = sheet()
    for x in range(20, 260, 60):
        draw.ellipse((x, x, x + 6, x + 6), fill=0)
    drawing = normalize_canvas(png_of(np.asarray(paper)))
    assert (drawing.max(axis=0) > 25).sum() >= 8
    assert drawing.max(axis=1)[:5].max() > 25
    assert drawing.max(axis=1)[-5:].max() > 25


# Noise


@pytest.mark.parametrize("share", [0.05, 0.1, 0.3, 0.5, 0.7, 0.8])
@pytest.mark.parametrize("square", [1, pytest.param(2, marks=pytest.mark.slow), 4, 8])
def test_random_pixels_are_a_scribble(share: float, square: int) -> None:
    rng = np.random.default_rng(0)
    noise = np.kron(
        rng.random((280 // square, 280 // square)) < share, np.ones((square, square), bool)
    )
    # Fewer squares are so unevenly spread that they could be a drawing.
    if min(share, 1 - share) * (280 // square) ** 2 > 600:
        assert reason_for(png_of(noise * 255)) == "scribble"


def test_noise_whose_border_is_half_dark_and_half_light_is_a_scribble() -> None:
    noise = np.random.default_rng(0).integers(0, 2, (280, 280))
    noise[0], noise[-1], noise[:, 0], noise[:, -1] = 0, 1, 0, 1
    noise[:140, 0], noise[:140, -1] = 1, 0
    assert np.median(np.concatenate([noise[0], noise[-1], noise[:, 0], noise[:, -1]])) == 0.5
    assert reason_for(png_of(noise * 255)) == "scribble"


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_random_colours_are_a_scribble(channels: int) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (280, 280, channels), np.uint8)
    assert reason_for(png_of(noise.squeeze())) == "scribble"


def test_noise_in_a_corner_of_the_canvas_is_a_scribble() -> None:
    picture = np.full((280, 280), 255, np.uint8)
    picture[10:90, 10:90] = np.random.default_rng(0).integers(0, 2, (80, 80)) * 255
    assert reason_for(png_of(picture)) == "scribble"


@pytest.mark.parametrize("category", CATEGORIES)
def test_no_canvas_of_a_player_is_called_a_scribble(category: str) -> None:
    rng = np.random.default_rng(0)
    for row in sketch_rows(category, 10, 0):
        normalize_canvas(canvas_png(row.reshape(28, 28), rng))


@pytest.mark.parametrize("pen", [1, 3, 8])
@pytest.mark.parametrize("spacing", [2, 3, 5, 9, 20])
@pytest.mark.parametrize("crossed", [False, True], ids=["hatched", "cross-hatched"])
@pytest.mark.parametrize("slanted", [False, True], ids=["straight", "slanted"])
def test_a_hatched_square_is_no_scribble(
    pen: int, spacing: int, crossed: bool, slanted: bool
) -> None:
    paper, draw = sheet()
    draw.rectangle((40, 40, 240, 240), outline=0, width=pen)
    for place in range(40, 240, pen + spacing):
        draw.line(
            (place, 40, 240, 280 - place) if slanted else (place, 40, place, 240), fill=0, width=pen
        )
        if crossed:
            draw.line(
                (40, place, 280 - place, 240) if slanted else (40, place, 240, place),
                fill=0,
                width=pen,
            )
    assert normalize_canvas(png_of(np.asarray(paper))).any()


@pytest.mark.parametrize("turns", [20, 60, 200])
@pytest.mark.parametrize("pen", [1, 4, 9])
def test_an_area_blackened_by_a_hand_is_no_scribble(turns: int, pen: int) -> None:
    rng = np.random.default_rng(turns)
    paper, draw = sheet()
    draw.line(
        [(float(x), float(y)) for x, y in rng.integers(30, 250, (turns, 2))], fill=0, width=pen
    )
    assert normalize_canvas(png_of(np.asarray(paper))).any()


def test_a_shape_that_is_filled_in_stays_filled() -> None:
    paper, draw = sheet()
    draw.ellipse((60, 60, 220, 220), fill=0)
    drawing = normalize_canvas(png_of(np.asarray(paper)))
    assert (drawing[8:20, 8:20] == 255).all()
    assert 24 <= (drawing[14] > 0).sum() <= 27


def test_an_outline_drawn_with_a_thick_pen_becomes_a_thin_one() -> None:
    paper, draw = sheet()
    draw.ellipse((40, 40, 240, 240), outline=0, width=16)
    drawing = normalize_canvas(png_of(np.asarray(paper)))
    assert (drawing[8:20, 8:20] == 0).all()
    assert drawing[14].astype(float).sum() / 255 / 2 == pytest.approx(28 * 16 / 304, abs=0.35)
