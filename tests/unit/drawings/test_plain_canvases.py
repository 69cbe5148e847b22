"""On a plain canvas nothing that is meant for odd canvases changes the drawing, not by one bit."""

import io

import numpy as np
import pytest
from PIL import Image

from emulator.players.canvases import canvas_png
from emulator.players.sketches import sketch_rows
from pipeline.categories import CATEGORIES
from pipeline.drawings import Images, centroid_crop, normalize_canvas
from pipeline.drawings.pen import redraw_with_standard_pen
from pipeline.drawings.specks import remove_specks
from tests.unit.drawings._canvases import png_of


def draw_plainly(png: bytes) -> Images:
    """The drawing of black ink on white or on nothing, by the steps that every canvas takes."""
    picture = Image.open(io.BytesIO(png)).convert("RGBA")
    sheet = Image.new("RGBA", picture.size, "white")
    sheet.alpha_composite(picture)
    ink = 255 - np.asarray(sheet.convert("RGB")).min(axis=2) > 51  # a fifth of the strongest ink
    return centroid_crop(redraw_with_standard_pen(remove_specks(ink))[None])[0]


@pytest.mark.parametrize("category", CATEGORIES)
def test_the_drawing_of_a_plain_canvas_is_made_by_the_plain_steps_alone(category: str) -> None:
    rng = np.random.default_rng(len(category))
    for row in sketch_rows(category, 6, 3):
        png = canvas_png(row.reshape(28, 28), rng)
        assert np.array_equal(normalize_canvas(png), draw_plainly(png))


def test_marks_at_the_edge_of_which_one_alone_is_on_their_line_are_no_word() -> None:
    paper = np.full((100, 100), 255, np.uint8)
    for left, top, bottom in ((10, 6, 10), (20, 6, 10), (30, 10, 12), (40, 15, 17), (30, 40, 80)):
        paper[top:bottom, left : left + 3] = 0
    assert normalize_canvas(png_of(paper)).any()
