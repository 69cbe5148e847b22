"""The difference of two matrices: each cell that moved is a link, coloured by better or worse."""

import re

import numpy as np
from markupsafe import Markup

from pipeline.pages.difference import draw_matrix_difference
from tests.unit.pages.test_report import HOSTILE, parse

DIFFERENCE = np.array([[2, -2], [0, 0]])
MOVED = np.array([[2, 2], [1, 1]])


def draw(difference: np.ndarray, moved: np.ndarray, names: list[str]) -> Markup:
    return draw_matrix_difference(difference, moved, names, lambda row, column: f"?{row}&{column}")


def cells(figure: Markup) -> dict[str, str]:
    """The links by address, each with what is in it."""
    return dict(re.findall(r'<a href="([^"]+)"[^>]*>(.*?)</a>', figure, re.DOTALL))


def test_each_cell_in_which_something_moved_is_a_link_that_says_so() -> None:
    found = cells(draw(DIFFERENCE, MOVED, ["cat", "smiley_face"]))
    assert found.keys() == {"?0&amp;0", "?0&amp;1", "?1&amp;0", "?1&amp;1"}
    assert "cat drawn, smiley face guessed: 2 fewer, 2 moved" in found["?0&amp;1"]
    assert "as many as before, 1 moved" in found["?1&amp;0"]


def test_fewer_mix_ups_are_as_blue_as_more_right_guesses() -> None:
    better = cells(draw(DIFFERENCE, MOVED, ["cat", "sun"]))
    assert all('class="blue"' in better[place] for place in ("?0&amp;0", "?0&amp;1"))
    worse = cells(draw(-DIFFERENCE, MOVED, ["cat", "sun"]))
    assert all('class="orange"' in worse[place] for place in ("?0&amp;0", "?0&amp;1"))


def test_where_nothing_moved_there_is_no_link() -> None:
    assert cells(draw(0 * DIFFERENCE, 0 * MOVED, ["cat", "sun"])) == {}


def test_names_are_escaped_and_no_style_is_inline() -> None:
    figure = draw(DIFFERENCE, MOVED, [HOSTILE, "sun"])
    assert HOSTILE not in figure
    assert " style=" not in figure
    parse(figure)


def test_of_many_classes_only_cells_in_which_something_moved_are_drawn() -> None:
    nothing = np.zeros((255, 255), np.int64)
    moved = nothing.copy()
    moved[3, 7] = 1
    figure = draw(nothing, moved, [f"class_{label}" for label in range(255)])
    assert figure.count("<rect") == 255 + 1
