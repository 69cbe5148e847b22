"""Odd canvases give the drawing of the plain canvas, or are refused by a reason; by kind.

Each kind has a floor: so large a part of the drawings comes out as from the plain canvas. The slow
test asks for more drawings. What a model makes of them: `python -m benchmarks.canvas`.
"""

import numpy as np
import pytest

from emulator.players.odd_base import SIDE, lay_ink
from emulator.players.odd_canvases import ODD_KINDS
from emulator.players.odd_files import NOT_CANVASES
from pipeline.categories import CATEGORIES
from pipeline.drawings import Images, normalize_canvas
from pipeline.errors import InvalidDrawing
from tests.unit.drawings._canvases import difference, png_of, reason_for, row_of

SAME = 25.0  # grey levels, mean; two different drawings differ by 60 and more
FEW, MANY = 4, 40
FLOOR = 0.75  # of the canvases of a kind

# Kinds that cannot be told apart for sure, or in which more is lost than a drawing can bear.
FLOORS = {
    "photographed paper": 0.0,
    "spray can": 0.0,
    "watermark, small": 0.5,
    "filled loosely": 0.5,
    "card with a shadow": 0.5,
    "squeezed to 28, nearest": 0.5,
    "cut out, 28, black on white": 0.25,
    "cut out, 28, white on black": 0.25,
}
LARGE = ("2560 x 1440", "1170 x 2532", "4000 x 4000")
READ = [kind for kind in ODD_KINDS if kind not in NOT_CANVASES]


def count_same(kind: str, count: int) -> int:
    """How many drawings come out of this kind of canvas as they do of a plain one."""
    rng = np.random.default_rng(len(kind))
    same = 0
    for number in range(count):
        ink = lay_ink(row_of(CATEGORIES[number % len(CATEGORIES)], number), rng)
        same += is_same(ODD_KINDS[kind](ink, rng), normalize_canvas(png_of(255 - ink)))
    return same


def is_same(data: bytes, wanted: Images) -> bool:
    try:
        return difference(normalize_canvas(data), wanted) <= SAME
    except InvalidDrawing:
        return False


@pytest.mark.parametrize("kind", READ)
def test_most_canvases_of_a_kind_give_the_drawing_of_the_plain_canvas(kind: str) -> None:
    count = 1 if kind in LARGE else FEW
    assert count_same(kind, count) >= FLOORS.get(kind, FLOOR) * count


@pytest.mark.slow
@pytest.mark.parametrize("kind", READ)
def test_of_many_canvases_of_a_kind_as_large_a_part_gives_the_drawing(kind: str) -> None:
    assert count_same(kind, MANY) >= FLOORS.get(kind, FLOOR) * MANY


@pytest.mark.parametrize("kind", NOT_CANVASES)
def test_what_is_no_canvas_is_unreadable(kind: str) -> None:
    ink = lay_ink(row_of("cat", 0), np.random.default_rng(0))
    assert reason_for(ODD_KINDS[kind](ink, np.random.default_rng(0))) == "unreadable_image"


@pytest.mark.parametrize("kind", [kind for kind in READ if kind not in LARGE])
def test_an_empty_canvas_of_any_kind_is_a_refusal_or_a_drawing(kind: str) -> None:
    if kind == "cut to its ink" or kind.startswith("cut out"):
        pytest.skip("without ink there is nothing to cut out")
    empty = np.zeros((SIDE, SIDE), np.uint8)
    try:
        drawing = normalize_canvas(ODD_KINDS[kind](empty, np.random.default_rng(0)))
    except InvalidDrawing as fault:
        assert fault.reason in {"blank", "scribble"}  # noqa: PT017
    else:
        assert drawing.any()
