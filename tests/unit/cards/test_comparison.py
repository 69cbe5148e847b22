"""Two versions are compared by their guesses of the same drawings."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.cards.comparison import (
    compare_guesses,
    describe_comparison,
    explain_incomparable,
    find_moved,
)
from pipeline.versions.guesses import Guesses

NAMES = ("apple", "sun", "smiley_face")


def make_guesses(labels: list[int], guesses: list[int], base: str = "ab12") -> Guesses:
    given_labels, given_guesses = (np.array(each, np.uint8) for each in (labels, guesses))
    return Guesses(base, given_labels, given_guesses, np.full(len(labels), 200, np.uint8))


LABELS = [0, 0, 0, 1, 1, 2]
BEFORE, AFTER = (
    make_guesses(LABELS, [0, 1, 1, 1, 2, 0]),
    make_guesses(LABELS, [0, 0, 2, 2, 1, 0]),
)


def test_drawings_are_gained_lost_or_mistaken_otherwise() -> None:
    found = compare_guesses(BEFORE, AFTER, NAMES)
    assert (found.gained.tolist(), found.lost.tolist(), found.other.tolist()) == ([1, 4], [3], [2])
    assert (found.rows, found.before, found.after) == (6, 2 / 6, 3 / 6)


def test_the_matrix_counts_what_came_and_went() -> None:
    found = compare_guesses(BEFORE, AFTER, NAMES)
    assert found.matrix.tolist() == [[1, -2, 1], [0, 0, 0], [0, 0, 0]]
    assert found.moved.tolist() == [[1, 2, 1], [0, 2, 2], [0, 0, 0]]


def test_a_cell_names_the_drawings_that_came_into_it_and_left_it() -> None:
    came, left = find_moved(BEFORE, AFTER, 0, 1)
    assert (came.tolist(), left.tolist()) == ([], [1, 2])
    came, left = find_moved(BEFORE, AFTER, 1, 2)
    assert (came.tolist(), left.tolist()) == ([3], [4])


def test_classes_tell_what_they_gained_and_lost() -> None:
    apple, sun, face = compare_guesses(BEFORE, AFTER, NAMES).classes
    assert (apple.drawings, apple.before, apple.after) == (3, 1 / 3, 2 / 3)
    assert (sun.gained, sun.lost, sun.change) == (1, 1, 0)
    assert (face.name, face.label, face.gained, face.lost) == ("smiley_face", 2, 0, 0)


def test_one_drawing_more_is_no_proof_and_sixty_are() -> None:
    labels = 200 * [0] + 200 * [1]
    nearly = make_guesses(labels, 199 * [0] + 201 * [1])
    poor = make_guesses(labels, 140 * [0] + 260 * [1])
    perfect = make_guesses(labels, labels)
    few, many = (compare_guesses(each, perfect, NAMES) for each in (nearly, poor))
    assert "about as good as" in describe_comparison(few, "v1.0.0", "v1.0.1")[0]
    assert not any(change.sure for change in few.classes)
    assert "better than" in describe_comparison(many, "v1.0.0", "v1.0.1")[0]
    assert [change.sure for change in many.classes] == [True, False, False]
    back = compare_guesses(perfect, poor, NAMES)
    assert "worse than" in describe_comparison(back, "v1.0.1", "v1.0.0")[0]
    assert "fewer" in describe_comparison(back, "v1.0.1", "v1.0.0")[1]


def test_the_same_guesses_are_said_to_be_the_same() -> None:
    found = compare_guesses(AFTER, AFTER, NAMES)
    assert "recognise the same drawings" in describe_comparison(found, "v1.0.0", "v1.0.1")[0]


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (make_guesses(LABELS, LABELS, base="cd34"), "the data set was built again"),
        (make_guesses([1, *LABELS[1:]], LABELS), "different drawings"),
        (make_guesses(LABELS[1:], LABELS[1:]), "different drawings"),
    ],
    ids=["another base", "other labels", "fewer drawings"],
)
def test_what_cannot_be_compared_says_why(other: Guesses, why: str) -> None:
    assert why in str(explain_incomparable(BEFORE, other))
    assert explain_incomparable(BEFORE, AFTER) is None


def test_a_data_set_without_test_rows_compares_nothing() -> None:
    nothing = make_guesses([], [])
    assert "no drawings" in str(explain_incomparable(nothing, nothing))


ROWS = st.lists(st.tuples(*3 * [st.integers(0, 2)]), min_size=1, max_size=60)


@given(ROWS)
def test_comparing_the_other_way_round_turns_every_sign(rows: list[tuple[int, int, int]]) -> None:
    labels, one, two = (list(column) for column in zip(*rows, strict=True))
    there = compare_guesses(make_guesses(labels, one), make_guesses(labels, two), NAMES)
    back = compare_guesses(make_guesses(labels, two), make_guesses(labels, one), NAMES)
    assert there.gained.tolist() == back.lost.tolist()
    assert np.array_equal(there.matrix, -back.matrix)
    assert np.array_equal(there.moved, back.moved)
    assert not there.matrix.sum(axis=1).any()
    assert [each.sure for each in there.classes] == [each.sure for each in back.classes]


@given(ROWS)
def test_the_drawings_of_all_cells_are_those_that_moved(rows: list[tuple[int, int, int]]) -> None:
    labels, one, two = (list(column) for column in zip(*rows, strict=True))
    before, after = make_guesses(labels, one), make_guesses(labels, two)
    found = compare_guesses(before, after, NAMES)
    for truth in range(3):
        for guess in range(3):
            came, left = find_moved(before, after, truth, guess)
            assert len(came) - len(left) == found.matrix[truth, guess]
            assert len(came) + len(left) == found.moved[truth, guess]
