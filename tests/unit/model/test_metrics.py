"""The figures of a model, against a plain reference that counts row by row."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.categories import CATEGORIES
from pipeline.model.cnn import build_model
from pipeline.model.metrics import (
    find_confused_pairs,
    find_wrong_guesses,
    measure,
    predict_with_keras,
)
from pipeline.records.metrics import Metrics

NAMES = ("apple", "sun", "tree")


def probabilities_for(guesses: list[int], classes: int = 3, sure: float = 0.7) -> np.ndarray:
    probabilities = np.full((len(guesses), classes), (1 - sure) / (classes - 1), np.float32)
    probabilities[np.arange(len(guesses)), guesses] = sure
    return probabilities


def labels(*values: int) -> np.ndarray:
    return np.array(values, np.uint8)


pairs = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=40)


@given(pairs)
@settings(deadline=None)
def test_all_figures_equal_a_plain_reference(rows: list[tuple[int, int]]) -> None:
    metrics = measure(
        probabilities_for([guess for _, guess in rows]),
        labels(*(truth for truth, _ in rows)),
        NAMES,
    )
    for truth, name in enumerate(NAMES):
        for guess in range(3):
            assert metrics.confusion[truth * 3 + guess] == rows.count((truth, guess))
        of_truth = [guess for label, guess in rows if label == truth]
        of_guess = [label for label, guess in rows if guess == truth]
        assert metrics.recall[name] == pytest.approx(
            of_truth.count(truth) / len(of_truth) if of_truth else 0
        )
        assert metrics.precision[name] == pytest.approx(
            of_guess.count(truth) / len(of_guess) if of_guess else 0
        )
    assert metrics.accuracy == pytest.approx(
        sum(truth == guess for truth, guess in rows) / len(rows)
    )
    assert metrics.loss == pytest.approx(
        -sum(math.log(0.7 if t == g else 0.15) for t, g in rows) / len(rows), rel=1e-5
    )
    assert metrics.rows == len(rows)


def test_a_probability_of_zero_for_the_truth_costs_much_but_not_infinitely() -> None:
    assert 10 < measure(np.array([[0, 1, 0]], np.float32), labels(0), NAMES).loss < 100


def test_labels_of_one_byte_do_not_overflow_the_confusion_of_twenty_classes() -> None:
    metrics = measure(probabilities_for([19, 0], 20), labels(19, 19), CATEGORIES)
    assert (
        metrics.confusion[19 * 20 + 19],
        metrics.confusion[19 * 20],
        sum(metrics.confusion),
    ) == (
        1,
        1,
        2,
    )


@given(st.lists(st.tuples(st.floats(0.34, 1), st.booleans()), min_size=1, max_size=60))
@settings(deadline=None)
def test_reliability_and_its_error_equal_a_plain_reference(rows: list[tuple[float, bool]]) -> None:
    confidences = np.array([confidence for confidence, _ in rows], np.float32)
    others = (1 - confidences) / 2
    metrics = measure(
        np.column_stack([confidences, others, others]),
        labels(*(0 if right else 1 for _, right in rows)),
        NAMES,
    )
    bins: dict[int, list[int]] = {}
    for index, confidence in enumerate(confidences):
        bins.setdefault(min(int(confidence * np.float32(10)), 9), []).append(index)
    assert [part.rows for part in metrics.reliability] == [len(bins[key]) for key in sorted(bins)]
    error = 0.0
    for part, key in zip(metrics.reliability, sorted(bins), strict=True):
        assert part.confidence == pytest.approx(confidences[bins[key]].mean(), rel=1e-5)
        assert part.accuracy == pytest.approx(np.mean([rows[index][1] for index in bins[key]]))
        error += len(bins[key]) / len(rows) * abs(part.confidence - part.accuracy)
    assert metrics.calibration_error == pytest.approx(error, rel=1e-5, abs=1e-9)


def test_a_certainty_of_one_falls_into_the_last_bin() -> None:
    (only,) = measure(np.array([[1, 0, 0]], np.float32), labels(0), NAMES).reliability
    assert (only.rows, only.confidence, only.accuracy) == (1, 1, 1)


def test_metrics_of_a_time_before_calibration_can_still_be_read() -> None:
    old = {"rows": 1, "accuracy": 1, "loss": 0, "recall": {}, "precision": {}, "confusion": []}
    assert (
        Metrics.from_document(old).calibration_error,
        Metrics.from_document(old).reliability,
    ) == (None, [])


def test_the_pairs_most_confused_count_both_ways_and_leave_out_what_is_never_mixed_up() -> None:
    confusion = [50, 3, 0, 4, 50, 9, 0, 0, 50]
    metrics = Metrics(rows=166, accuracy=0.9, loss=0, recall={}, precision={}, confusion=confusion)
    assert find_confused_pairs(metrics, 5, NAMES) == [("sun", "tree", 9, 0), ("apple", "sun", 3, 4)]
    assert [pair.times for pair in find_confused_pairs(metrics, 1, NAMES)] == [9]


def test_mistakes_are_all_wrong_rows_the_most_confident_first() -> None:
    probabilities = np.array(
        [[0.5, 0.3, 0.2], [0.1, 0.8, 0.1], [0.1, 0.0, 0.9], [0.6, 0.2, 0.2]], np.float32
    )
    wrong = find_wrong_guesses(probabilities, labels(1, 1, 0, 2))
    assert [(row.row, row.truth, row.guess) for row in wrong] == [
        (2, 0, 2),
        (3, 2, 0),
        (0, 1, 0),
    ]
    assert [row.confidence for row in wrong] == pytest.approx([0.9, 0.6, 0.5])


def test_no_mistakes_are_none() -> None:
    assert find_wrong_guesses(np.eye(3, dtype=np.float32), labels(0, 1, 2)) == []


@pytest.mark.parametrize("count", [1, 512, 700])
def test_predictions_a_batch_at_a_time_are_those_of_one_call(count: int) -> None:
    model = build_model(20)
    images = np.random.default_rng(1).integers(0, 256, (count, 28, 28), np.uint8)
    reports: list[tuple[int, int]] = []
    probabilities = predict_with_keras(
        model, images, lambda message, done=0, total=0: reports.append((done, total))
    )
    assert probabilities == pytest.approx(
        model.predict_on_batch(images[..., None] / np.float32(255)), abs=1e-6
    )
    assert reports[-1] == (count, count)
