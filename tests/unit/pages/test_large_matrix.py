"""The confusion matrix of many classes stays small, and has room for long names."""

import re

import numpy as np

from pipeline.pages.figures import CELL, MOST_FULL, NAMES, draw_confusion_matrix


def draw(classes: int, longest: int = 5) -> str:
    names = ["x" * longest, *(f"c{number}" for number in range(1, classes))]
    counts = np.diag(np.full(classes, 9))
    counts[0, 1] = 1
    return str(draw_confusion_matrix(counts, names))


def test_of_many_classes_pairs_that_never_occurred_are_left_out() -> None:
    few, many = draw(MOST_FULL), draw(MOST_FULL + 1)
    assert few.count('class="paper"') == MOST_FULL**2
    assert many.count('class="paper"') == MOST_FULL + 1 + 1
    assert "xxxxx drawn, c1 guessed: once, 10.0%" in many


def test_a_page_with_255_classes_is_small() -> None:
    assert len(draw(255)) < 300_000


def width_of(drawn: str) -> int:
    (width,) = re.findall(r'viewBox="0 0 (\d+) ', drawn)
    return int(width)


def test_a_long_name_gets_more_room() -> None:
    assert width_of(draw(3)) == NAMES + 3 * CELL + 2
    assert width_of(draw(3, longest=24)) > width_of(draw(3)) + 60
