"""The figures of a model, against a plain reference that counts row by row."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.evaluate import compare, head_probabilities, measure
from pipeline.model import Head

NAMES = ("apple", "sun", "tree")


def probabilities_for(guesses: list[int], classes: int = 3, sure: float = 0.7) -> np.ndarray:
    each = np.full((len(guesses), classes), (1 - sure) / (classes - 1), np.float32)
    each[np.arange(len(guesses)), guesses] = sure
    return each


def labels(*values: int) -> np.ndarray:
    return np.array(values, np.uint8)


pairs = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=40)


@given(pairs)
@settings(deadline=None)
def test_all_figures_equal_a_plain_reference(rows: list[tuple[int, int]]) -> None:
    found = measure(probabilities_for([guess for _, guess in rows]), labels(*(truth for truth, _ in rows)), NAMES)
    for truth, name in enumerate(NAMES):
        for guess in range(3):
            assert found.confusion[truth * 3 + guess] == rows.count((truth, guess))
        of_truth = [guess for each, guess in rows if each == truth]
        of_guess = [each for each, guess in rows if guess == truth]
        assert found.recall[name] == pytest.approx(of_truth.count(truth) / len(of_truth) if of_truth else 0)
        assert found.precision[name] == pytest.approx(of_guess.count(truth) / len(of_guess) if of_guess else 0)
    assert found.accuracy == pytest.approx(sum(truth == guess for truth, guess in rows) / len(rows))
    assert found.loss == pytest.approx(-sum(math.log(0.7 if t == g else 0.15) for t, g in rows) / len(rows), rel=1e-5)
    assert found.rows == len(rows)


def test_a_probability_of_zero_for_the_truth_costs_much_but_not_infinitely() -> None:
    assert 10 < measure(np.array([[0, 1, 0]], np.float32), labels(0), NAMES).loss < 100


def test_labels_of_one_byte_do_not_overflow_the_confusion_of_twenty_classes() -> None:
    found = measure(probabilities_for([19, 0], 20), labels(19, 19))
    assert (found.confusion[19 * 20 + 19], found.confusion[19 * 20], sum(found.confusion)) == (1, 1, 2)


def test_probabilities_of_a_head_are_the_softmax_of_its_scores() -> None:
    head = Head(np.array([[1, 0, -1], [0, 2, 0]], np.float32), np.array([0, 0.5, 0], np.float32))
    found = head_probabilities(np.array([[3, 1]], np.float32), head)
    powers = [math.exp(score) for score in (3, 2.5, -3)]
    assert found[0] == pytest.approx([power / sum(powers) for power in powers], rel=1e-5)


def test_huge_scores_give_finite_probabilities() -> None:
    head = Head(np.full((2, 3), 1e20, np.float32), np.zeros(3, np.float32))
    assert np.isfinite(head_probabilities(np.ones((1, 2), np.float32), head)).all()


def test_champion_and_challenger_are_not_mixed_up() -> None:
    always = [Head(np.zeros((4, 20), np.float32), np.eye(20, dtype=np.float32)[each] * 9) for each in range(2)]
    compared = compare(np.ones((3, 4), np.float32), labels(0, 0, 1), always[0], always[1])
    assert (compared.champion.accuracy, compared.challenger.accuracy) == (pytest.approx(2 / 3), pytest.approx(1 / 3))
