"""Answers in a training: each counts as it should, and no class becomes more frequent."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dataset.hdf5 import Rows
from pipeline.training.answers import Answers, add_answers
from pipeline.training.fitting import Splits

CLASSES = 4


def rows_of(labels: list[int]) -> Rows:
    return Rows(np.zeros((len(labels), 28, 28), np.uint8), np.array(labels, np.uint8))


def splits_of(base: list[int], answers: list[int], weights: list[float]) -> Splits:
    given = rows_of(answers)
    return add_answers(
        Splits(rows_of(base), rows_of([0])),
        Answers(given.images, given.labels, np.array(weights, np.float32)),
        CLASSES,
    )


@given(
    base=st.lists(st.integers(0, CLASSES - 1), min_size=1, max_size=40),
    answers=st.lists(
        st.tuples(st.integers(0, CLASSES - 1), st.floats(0.1, 20)), min_size=1, max_size=40
    ),
)
def test_each_class_of_the_base_keeps_its_share_of_the_weight(
    base: list[int], answers: list[tuple[int, float]]
) -> None:
    known = [(label, weight) for label, weight in answers if label in base] or [(base[0], 1.0)]
    labels, weights = (list(column) for column in zip(*known, strict=True))
    made = splits_of(base, labels, weights)
    assert made.weights is not None
    totals = np.bincount(made.train.labels, made.weights, CLASSES)
    shares = np.bincount(base, minlength=CLASSES) / len(base)
    assert np.allclose(totals / totals.sum(), shares, atol=1e-5)
    assert np.isclose(made.weights.mean(), 1, atol=1e-5)


def test_an_answer_counts_its_weight_against_a_base_row_of_its_class() -> None:
    made = splits_of([0, 0, 1, 1], [0, 1], [5.0, 5.0])
    assert made.weights is not None
    assert np.allclose(made.weights[4:] / made.weights[[0, 2]], 5.0)


def test_a_class_that_the_base_lacks_keeps_its_answers() -> None:
    made = splits_of([0, 0], [3], [2.0])
    assert made.train.labels.tolist() == [0, 0, 3]
    assert made.weights is not None
    assert (made.weights > 0).all()


def test_other_drawings_labels_or_weights_have_another_digest() -> None:
    images, labels = rows_of([0, 1])
    weights = np.ones(2, np.float32)
    inked = images.copy()
    inked[0, 3, 3] = 255
    made = {
        Answers(*parts).digest
        for parts in (
            (images, labels, weights),
            (inked, labels, weights),
            (images, labels[::-1], weights),
            (images, labels, weights * 2),
        )
    }
    assert len(made) == 4
