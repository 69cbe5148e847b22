"""A lesson: what counts for how much, and that it behaves with few, many, lopsided or no corrections."""

import numpy as np
import pytest

from pipeline.fit.lesson import build_training_set
from pipeline.model.head import Head
from tests.unit.fit._lessons import CLASSES, USUAL, WIDTH, lesson


def distance(one: Head, other: Head) -> float:
    return max(float(np.abs(a - b).max()) for a, b in zip(one, other, strict=True))


def test_without_corrections_the_head_is_the_champion_s() -> None:
    found = lesson(30, 0)
    assert distance(found.solved(USUAL), found.anchor) == 0


def test_a_correction_left_out_has_no_say() -> None:
    found = lesson(30, 10)
    without = np.arange(10) == 4
    changed = found.labels.copy()
    changed[34] = (changed[34] + 1) % CLASSES
    other = found._replace(labels=changed)
    assert distance(found.solved(USUAL, without=without), other.solved(USUAL, without=without)) == 0
    assert distance(found.solved(USUAL), other.solved(USUAL)) > 0.01


def test_with_all_corrections_left_out_the_head_is_the_champion_s() -> None:
    found = lesson(30, 5)
    assert distance(found.solved(USUAL, without=np.ones(5, bool)), found.anchor) == 0


@pytest.mark.parametrize("played", [1, 100_000])
def test_one_correction_and_a_hundred_thousand_give_a_head(played: int) -> None:
    head = lesson(50, played).solved(USUAL)
    assert all(np.isfinite(part).all() for part in head)


def test_a_class_without_corrections_keeps_its_own_drawings() -> None:
    rng = np.random.default_rng(3)
    labels = rng.integers(0, CLASSES, 400).astype(np.uint8)
    # Ten features tell each class, so that a fit need not lean on a single one.
    features = (
        rng.normal(scale=0.3, size=(400, 10 * CLASSES)) + np.eye(CLASSES).repeat(10, axis=1)[labels]
    ).astype(np.float16)
    anchor = Head(
        np.eye(CLASSES).repeat(10, axis=0).astype(np.float32) / 5, np.zeros(CLASSES, np.float32)
    )
    others = labels[:200] != 0
    found = build_training_set(
        (features[200:], labels[200:]), (features[:200][others], labels[:200][others]), anchor
    )
    head = found.solved(USUAL)
    guesses = (features @ head.weights + head.bias).argmax(1)
    assert np.mean(guesses[labels == 0] == 0) > 0.95


def test_features_are_held_once_in_float32() -> None:
    found = lesson(3, 2)
    assert (found.features.shape, found.features.dtype) == ((5, WIDTH), np.float32)
    assert (found.base, found.corrections) == (3, 2)


def test_what_dropout_costs_on_base_rows_is_part_of_the_fit() -> None:
    found = lesson(30, 10)
    free = found._replace(curvature=np.zeros_like(found.curvature))
    assert np.abs(found.solved(USUAL).weights).sum() < np.abs(free.solved(USUAL).weights).sum()


def test_classes_keep_the_share_that_they_have_of_the_base_whatever_players_correct() -> None:
    found = lesson(40, 30)
    counts = np.concatenate([np.ones(40), np.full(30, 20)]).astype(np.float32)
    shares = np.bincount(found.labels, found._in_proportion(counts), CLASSES)
    assert shares == pytest.approx(np.bincount(found.labels[:40], minlength=CLASSES), rel=1e-5)


def test_within_a_class_a_correction_counts_as_many_base_rows_as_it_weighs() -> None:
    found = lesson(40, 30)
    counts = np.concatenate([np.ones(40), np.full(30, 20)]).astype(np.float32)
    in_proportion = found._in_proportion(counts)
    for label in range(CLASSES):
        rows = found.labels == label
        assert len(set((in_proportion[rows] / counts[rows]).round(5).tolist())) == 1


def test_a_class_that_the_base_lacks_counts_as_it_comes() -> None:
    found = lesson(40, 30)
    lacking = found._replace(labels=np.where(np.arange(70) < 40, 0, 1).astype(np.uint8))
    assert lacking._in_proportion(np.ones(70, np.float32))[40:] == pytest.approx(np.ones(30))
