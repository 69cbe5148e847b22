"""A lesson: what counts for how much, and that it behaves with few, many, lopsided or no corrections."""

import numpy as np
import pytest

from pipeline.fit.lesson import lesson_of
from pipeline.head import Head
from tests.unit._lessons import CLASSES, USUAL, WIDTH, lesson, rows


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
    features = (rng.normal(scale=0.3, size=(400, WIDTH)) + 2 * np.eye(CLASSES, WIDTH)[labels]).astype(np.float16)
    anchor = Head((2 * np.eye(WIDTH, CLASSES)).astype(np.float32), np.zeros(CLASSES, np.float32))
    others = labels[:200] != 0
    found = lesson_of((features[200:], labels[200:]), (features[:200][others], labels[:200][others]), anchor)
    head = found.solved(USUAL)
    guesses = (features @ head.weights + head.bias).argmax(1)
    assert np.mean(guesses[labels == 0] == 0) > 0.95


def test_features_are_held_once_in_float32() -> None:
    found = lesson(3, 2)
    assert (found.features.shape, found.features.dtype) == ((5, WIDTH), np.float32)
    assert (found.base, found.corrections) == (3, 2)


def test_base_rows_are_softened_and_corrections_are_not() -> None:
    found = lesson(3, 2)
    assert np.array_equal(found.features[:3], rows(3)[0].astype(np.float32) / 2)
    assert np.array_equal(found.features[3:], rows(2, 1)[0])
