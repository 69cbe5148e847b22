"""Training sets: the weight of each row, and fits with few, many, one-sided or no corrections."""

import numpy as np
import pytest

from pipeline.fit.training_set import build_training_set
from pipeline.model.head import Head
from tests.unit.fit._training_sets import CLASSES, DEFAULT, WIDTH, random_training_set


def distance(one: Head, other: Head) -> float:
    return max(float(np.abs(a - b).max()) for a, b in zip(one, other, strict=True))


def test_without_corrections_the_head_is_the_champion_s() -> None:
    training_set = random_training_set(30, 0)
    assert distance(training_set.fit(DEFAULT), training_set.anchor) == 0


def test_a_correction_that_is_left_out_changes_nothing() -> None:
    training_set = random_training_set(30, 10)
    without = np.arange(10) == 4
    labels = training_set.labels.copy()
    labels[34] = (labels[34] + 1) % CLASSES
    other = training_set._replace(labels=labels)
    one_head, other_head = (rows.fit(DEFAULT, without=without) for rows in (training_set, other))
    assert distance(one_head, other_head) == 0
    assert distance(training_set.fit(DEFAULT), other.fit(DEFAULT)) > 0.01


def test_with_all_corrections_left_out_the_head_is_the_champion_s() -> None:
    training_set = random_training_set(30, 5)
    head = training_set.fit(DEFAULT, without=np.ones(5, bool))
    assert distance(head, training_set.anchor) == 0


@pytest.mark.parametrize("corrections", [1, 100_000])
def test_one_correction_and_a_hundred_thousand_give_a_head(corrections: int) -> None:
    head = random_training_set(50, corrections).fit(DEFAULT)
    assert all(np.isfinite(part).all() for part in head)


def test_a_class_without_corrections_keeps_its_own_drawings() -> None:
    rng = np.random.default_rng(3)
    labels = rng.integers(0, CLASSES, 400).astype(np.uint8)
    # Ten features point to each class, so that a fit need not rely on a single one.
    features = (
        rng.normal(scale=0.3, size=(400, 10 * CLASSES)) + np.eye(CLASSES).repeat(10, axis=1)[labels]
    ).astype(np.float16)
    anchor = Head(
        np.eye(CLASSES).repeat(10, axis=0).astype(np.float32) / 5, np.zeros(CLASSES, np.float32)
    )
    others = labels[:200] != 0
    training_set = build_training_set(
        (features[200:], labels[200:]), (features[:200][others], labels[:200][others]), anchor
    )
    head = training_set.fit(DEFAULT)
    guesses = (features @ head.weights + head.bias).argmax(1)
    assert np.mean(guesses[labels == 0] == 0) > 0.95


def test_features_are_held_once_in_float32() -> None:
    training_set = random_training_set(3, 2)
    assert (training_set.features.shape, training_set.features.dtype) == ((5, WIDTH), np.float32)
    assert (training_set.base, training_set.corrections) == (3, 2)


def test_what_dropout_costs_on_base_rows_is_part_of_the_fit() -> None:
    training_set = random_training_set(30, 10)
    free = training_set._replace(curvature=np.zeros_like(training_set.curvature))
    sizes = [np.abs(rows.fit(DEFAULT).weights).sum() for rows in (training_set, free)]
    assert sizes[0] < sizes[1]


def test_classes_keep_the_share_that_they_have_of_the_base_whatever_players_correct() -> None:
    training_set = random_training_set(40, 30)
    weights = np.concatenate([np.ones(40), np.full(30, 20)]).astype(np.float32)
    totals = np.bincount(training_set.labels, training_set._keep_class_shares(weights), CLASSES)
    base = np.bincount(training_set.labels[:40], minlength=CLASSES)
    assert totals == pytest.approx(base, rel=1e-5)


def test_within_a_class_a_correction_counts_as_many_base_rows_as_it_weighs() -> None:
    training_set = random_training_set(40, 30)
    weights = np.concatenate([np.ones(40), np.full(30, 20)]).astype(np.float32)
    scaled = training_set._keep_class_shares(weights)
    for label in range(CLASSES):
        rows = training_set.labels == label
        assert len(set((scaled[rows] / weights[rows]).round(5).tolist())) == 1


def test_a_class_that_the_base_lacks_keeps_its_weights() -> None:
    training_set = random_training_set(40, 30)
    lacking = training_set._replace(labels=np.where(np.arange(70) < 40, 0, 1).astype(np.uint8))
    scaled = lacking._keep_class_shares(np.ones(70, np.float32))
    assert scaled[40:] == pytest.approx(np.ones(30))
