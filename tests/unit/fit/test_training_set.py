"""Training sets: the weight of each row, and fits with few, many, one-sided or no answers."""

from typing import Any

import numpy as np
import pytest

from pipeline.fit import training_set
from pipeline.fit.feature_rows import FeatureRows, HeldFeatures
from pipeline.fit.training_set import Answers, TrainingSet, build_training_set
from pipeline.model.head import Head
from tests.unit.fit._training_sets import (
    CLASSES,
    DEFAULT,
    WIDTH,
    random_rows,
    random_training_set,
)


def distance(one: Head, other: Head) -> float:
    return max(float(np.abs(a - b).max()) for a, b in zip(one, other, strict=True))


def test_without_answers_the_head_is_the_champion_s() -> None:
    training_set = random_training_set(30, 0)
    assert distance(training_set.fit(DEFAULT), training_set.anchor) == 0


def test_an_answer_that_is_left_out_changes_nothing() -> None:
    training_set = random_training_set(30, 10)
    without = np.arange(10) == 4
    labels = training_set.labels.copy()
    labels[34] = (labels[34] + 1) % CLASSES
    other = training_set._replace(labels=labels)
    one_head, other_head = (rows.fit(DEFAULT, without=without) for rows in (training_set, other))
    assert distance(one_head, other_head) == 0
    assert distance(training_set.fit(DEFAULT), other.fit(DEFAULT)) > 0.01


def test_with_all_answers_left_out_the_head_is_the_champion_s() -> None:
    training_set = random_training_set(30, 5)
    head = training_set.fit(DEFAULT, without=np.ones(5, bool))
    assert distance(head, training_set.anchor) == 0


@pytest.mark.parametrize("answers", [1, 100_000])
def test_one_answer_and_a_hundred_thousand_give_a_head(answers: int) -> None:
    head = random_training_set(50, answers).fit(DEFAULT)
    assert all(np.isfinite(part).all() for part in head)


def test_a_class_without_answers_keeps_its_own_drawings() -> None:
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
        (features[200:], labels[200:]),
        Answers(features[:200][others], labels[:200][others]),
        anchor,
    )
    head = training_set.fit(DEFAULT)
    guesses = (features @ head.weights + head.bias).argmax(1)
    assert np.mean(guesses[labels == 0] == 0) > 0.95


def test_features_are_held_once_in_float32() -> None:
    training_set = random_training_set(3, 2)
    assert (training_set.features.shape, training_set.features.dtype) == ((5, WIDTH), np.float32)
    assert (training_set.base, training_set.answers) == (3, 2)


def test_what_dropout_costs_on_base_rows_is_part_of_the_fit() -> None:
    training_set = random_training_set(30, 10)
    free = training_set._replace(curvature=np.zeros_like(training_set.curvature))
    sizes = [np.abs(rows.fit(DEFAULT).weights).sum() for rows in (training_set, free)]
    assert sizes[0] < sizes[1]


def test_classes_keep_the_share_that_they_have_of_the_base_whatever_players_answer() -> None:
    training_set = random_training_set(40, 30)
    weights = np.concatenate([np.ones(40), np.full(30, 20)]).astype(np.float32)
    totals = np.bincount(training_set.labels, training_set._keep_class_shares(weights), CLASSES)
    base = np.bincount(training_set.labels[:40], minlength=CLASSES)
    assert totals == pytest.approx(base, rel=1e-5)


def test_within_a_class_an_answer_counts_as_many_base_rows_as_it_weighs() -> None:
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


def with_weights(weights: Any) -> TrainingSet:
    """Return a training set of 30 base rows and 10 answers with these weights."""
    answers = Answers(*random_rows(10, 1), np.asarray(weights, np.float32))
    return build_training_set(random_rows(30), answers, random_training_set(1, 0).anchor)


def test_only_the_ratio_of_the_answers_weights_counts() -> None:
    weights = np.arange(1, 11)
    one, other = with_weights(weights), with_weights(weights * 1000)
    assert one.relative_weights.mean() == pytest.approx(1)
    assert distance(one.fit(DEFAULT), other.fit(DEFAULT)) < 1e-4


def test_equal_weights_are_as_none() -> None:
    none = random_training_set(30, 10)
    assert distance(with_weights(np.full(10, 7)).fit(DEFAULT), none.fit(DEFAULT)) == 0


def test_an_answer_of_nearly_all_the_weight_counts_as_all_ten_together() -> None:
    heavy, equal = with_weights([1e6, *[1] * 9]), with_weights(np.ones(10))
    ten_times = DEFAULT._replace(weight=10 * DEFAULT.weight)
    alone = equal.fit(ten_times, without=np.arange(10) > 0)
    assert distance(heavy.fit(DEFAULT), alone) < 1e-2
    assert distance(equal.fit(DEFAULT), alone) > 1e-1


def test_many_answers_are_read_from_the_cache_and_give_the_same_head(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held = random_training_set(30, 10)
    monkeypatch.setattr(training_set, "MOST_HELD", 9)
    features, labels = random_rows(10, 1)
    # Not from the start of a portion on, as where only the newest answers are fitted to.
    portion = HeldFeatures(np.concatenate([features[:2], features]))
    some = FeatureRows([portion]).select(np.arange(2, 12))
    read = build_training_set(random_rows(30), Answers(some, labels), held.anchor)
    assert isinstance(read.features, FeatureRows)
    assert distance(read.fit(DEFAULT), held.fit(DEFAULT)) == 0
