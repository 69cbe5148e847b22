"""Transparent pixels on an opaque ground are that ground; elsewhere they are the page behind."""

import numpy as np
import pytest

from pipeline.categories import CATEGORIES
from pipeline.drawings import normalize_canvas
from tests.unit.drawings._canvases import Picture, canvas, png_of, reason_for, row_of
from tests.unit.drawings.test_canvas_laws import painted

GROUNDS = [(20, 24, 40), (0, 0, 0), (250, 220, 230), (190, 225, 200), (255, 255, 255), (90, 60, 40)]


def on_ground(ink: Picture, ground: tuple[int, int, int]) -> Picture:
    """Ink that contrasts with an opaque ground; uint8 (height, width, 4)."""
    pen = (255, 255, 255) if sum(ground) < 384 else (0, 0, 0)
    picture = np.where((ink > 127)[..., None], pen, ground).astype(np.uint8)
    return np.dstack([picture, np.full(ink.shape, 255, np.uint8)])


def erase(picture: Picture) -> Picture:
    """Make the upper part of the canvas transparent in two strips, as an eraser of a browser."""
    erased = picture.copy()
    erased[20:45, 15:-15] = 0
    erased[60:70, 5:60, 3] = 0
    return erased


@pytest.mark.parametrize("ground", GROUNDS, ids=str)
@pytest.mark.parametrize("category", CATEGORIES[::4])
def test_what_an_eraser_took_from_an_opaque_ground_is_ground(
    category: str, ground: tuple[int, int, int]
) -> None:
    picture = on_ground(np.pad(painted(row_of(category, 0), 150, 3), 20), ground)
    erased = erase(picture)
    wanted = erased.copy()
    wanted[erased[..., 3] == 0] = (*ground, 255)
    assert np.array_equal(normalize_canvas(png_of(erased)), normalize_canvas(png_of(wanted)))


@pytest.mark.parametrize("ground", GROUNDS[:4], ids=str)
def test_a_drawing_that_was_made_with_the_eraser_alone_is_seen(
    ground: tuple[int, int, int],
) -> None:
    picture = on_ground(canvas() * 0, ground)
    picture[canvas() > 0] = 0
    assert np.array_equal(normalize_canvas(png_of(picture)), normalize_canvas(png_of(canvas())))


def test_soft_edges_of_an_eraser_leave_no_ink() -> None:
    ground = (30, 60, 90)
    picture = on_ground(np.pad(painted(row_of("cat", 0), 150, 3), 20), ground)
    wanted = normalize_canvas(png_of(picture))
    rows = np.linspace(0, 255, 12).astype(np.uint8)
    picture[4:16, 4:-4, 3] = rows[:, None]
    assert np.array_equal(normalize_canvas(png_of(picture)), wanted)


def test_an_empty_transparent_canvas_is_blank() -> None:
    assert reason_for(png_of(np.zeros((50, 50, 4)))) == "blank"
