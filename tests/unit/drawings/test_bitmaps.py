"""Pictures of 28 x 28: Google's bitmaps are drawings already, squeezed canvases are not."""

import io

import numpy as np
import pytest
from PIL import Image

from emulator.players.canvases import canvas_png
from emulator.players.sketches import sketch_rows
from pipeline.categories import CATEGORIES
from pipeline.drawings import centroid_crop, normalize_canvas
from pipeline.drawings.bitmaps import read_bitmap
from tests.unit.drawings._canvases import Picture, difference, png_of, row_of

SQUEEZED = 25.0  # grey levels, mean; more is lost in 28 x 28 than SAME elsewhere allows


def squeeze(png: bytes, *, dark: bool = False) -> Picture:
    """The canvas as a game sends it that makes it 28 x 28 itself: black on white unless `dark`."""
    picture = Image.open(io.BytesIO(png)).convert("RGBA")
    sheet = Image.new("RGBA", picture.size, "white")
    sheet.alpha_composite(picture)
    small = np.asarray(sheet.convert("L").resize((28, 28), Image.Resampling.BICUBIC))
    return 255 - small if dark else small


def as_colours(picture: Picture) -> Picture:
    return np.dstack([picture] * 3)


@pytest.mark.parametrize("category", CATEGORIES)
def test_a_bitmap_of_google_s_is_a_drawing_already(category: str) -> None:
    rows = sketch_rows(category, 20, 1).reshape(-1, 28, 28)
    assert sum(read_bitmap(as_colours(row)) is not None for row in rows) >= 19
    assert all(read_bitmap(as_colours(row)) is not None for row in centroid_crop(rows)[:1])


@pytest.mark.parametrize("dark", [False, True], ids=["black on white", "white on black"])
def test_a_canvas_that_the_game_squeezed_is_redrawn(dark: bool) -> None:
    rng = np.random.default_rng(0)
    canvases = [canvas_png(row_of(name, 0), rng) for name in CATEGORIES for _ in range(3)]
    near = [
        difference(normalize_canvas(png_of(squeeze(png, dark=dark))), normalize_canvas(png))
        for png in canvases
    ]
    assert float(np.median(near)) <= SQUEEZED


def test_thin_strokes_in_28_by_28_are_redrawn_with_google_s_pen() -> None:
    thin = np.zeros((28, 28), np.uint8)
    thin[1:27, 14] = 90  # a line of a third of a pixel, as long as Google's
    thin[1, 8:20] = thin[26, 8:20] = 90
    drawing = normalize_canvas(png_of(thin))
    assert drawing.max() > 200


def test_coloured_ink_in_28_by_28_is_redrawn() -> None:
    row = row_of("sun", 0)
    coloured = np.dstack([row, row // 2, np.zeros_like(row)])
    assert difference(normalize_canvas(png_of(coloured)), centroid_crop(row[None])[0]) <= SQUEEZED
