"""Draw the difference of two confusion matrices: which guesses came, and which went."""

from collections.abc import Callable, Sequence

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from pipeline.formatting import format_category
from pipeline.pages.figures import (
    CELL,
    LETTER,
    MOST_FULL,
    NAMES,
    draw_matrix_names,
    name_ground,
)

WIDEST_NUMBER = 999
"""A larger number does not fit into a cell; its title tells it."""


def draw_matrix_difference(
    difference: NDArray[np.int64],
    moved: NDArray[np.int64],
    categories: Sequence[str],
    link: Callable[[int, int], str],
) -> Markup:
    """Draw a matrix whose cells lead to the drawings that moved.

    A cell is blue where the later version is better (more right guesses, fewer of a mix-up), and
    orange where it is worse. Links of cells are out of the order of the keyboard: a page lists them
    in words too.

    Args:
        difference: `(classes, classes)`, by how much the number of guesses rose; a row for each
            class drawn, a column for each guess.
        moved: `(classes, classes)`, how many drawings came into the cell, or left it.
        categories: the names of the classes.
        link: returns the address of the drawings of a cell, by its row and column.
    """
    most = max(int(np.abs(difference).max(initial=0)), 1)
    names = [format_category(category) for category in categories]
    room = max(NAMES, LETTER * max(map(len, names)) + 8)
    parts = []
    for row, truth in enumerate(names):
        parts.append(draw_matrix_names(truth, row, room))
        for column, guess in enumerate(names):
            count = int(difference[row, column])
            # 255 classes have 65,025 cells, nearly all of them empty.
            if len(names) > MOST_FULL and row != column and not moved[row, column]:
                continue
            # The exponent below 1 lifts small changes, which are most of them.
            shade = (abs(count) / most) ** 0.6
            cell = _draw_cell((row, column), room, count, shade)
            if moved[row, column]:
                title = (
                    f"{truth} drawn, {guess} guessed: {_say(count)}, "
                    f"{int(moved[row, column]):,} moved"
                )
                cell = Markup('<a href="{}" tabindex="-1"><title>{}</title>{}</a>').format(
                    link(row, column), title, cell
                )
            parts.append(cell)
    side = room + CELL * len(names) + 2
    return Markup(
        '<svg class="difference" role="group" aria-label="{}" viewBox="0 0 {} {}" width="{}">'
        "{}</svg>"
    ).format(
        "how many guesses came and went, for each class drawn; listed in words below",
        side,
        side,
        side,
        Markup().join(parts),
    )


def _say(count: int) -> str:
    if not count:
        return "as many as before"
    return f"{abs(count):,} {'more' if count > 0 else 'fewer'}"


def _draw_cell(place: tuple[int, int], room: int, count: int, shade: float) -> Markup:
    row, column = place
    left, top = room + column * CELL, room + row * CELL
    box = Markup('x="{}" y="{}" width="{}" height="{}" rx="3"').format(
        left + 1, top + 1, CELL - 2, CELL - 2
    )
    drawn = Markup('<rect class="{}" {}/>').format("paper right" if row == column else "paper", box)
    if not count:
        return drawn
    better = (count > 0) == (row == column)
    drawn += Markup('<rect class="{}" {} opacity="{:.2f}"/>').format(
        "blue" if better else "orange", box, shade
    )
    if abs(count) > WIDEST_NUMBER:
        return drawn
    return drawn + Markup('<text class="count {}" x="{}" y="{}">{}</text>').format(
        name_ground(shade),
        left + CELL / 2,
        top + CELL / 2 + 3.5,
        f"{count:+d}".replace("-", "−"),  # noqa: RUF001 - the sign that is as wide as a plus
    )
