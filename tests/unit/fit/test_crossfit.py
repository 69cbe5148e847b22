"""Cross-fitting: no head predicts a player's drawings that it was fitted to."""

import numpy as np
import pytest

from pipeline.fit.crossfit import LEARNED_BEFORE, assign_folds, cross_fit
from tests.unit.fit._training_sets import (
    CLASSES,
    DEFAULT,
    random_training_set,
)


def random_players(count: int) -> np.ndarray:
    rng = np.random.default_rng(4)
    names = [rng.bytes(32).hex() for _ in range(max(1, count // 3))]
    return np.array([names[row % len(names)] for row in range(count)], object)


def test_all_drawings_of_a_player_are_in_one_fold() -> None:
    names = random_players(60)
    folds = assign_folds(names)
    for name in set(names):
        assert len(set(folds[names == name])) == 1
    assert set(folds) <= set(range(5))


def test_a_label_changes_no_guess_about_its_own_player() -> None:
    training_set, folds = random_training_set(40, 30), assign_folds(random_players(30))
    fold = folds[0]
    before = cross_fit(training_set, DEFAULT, training_set.anchor, folds)
    labels = training_set.labels.copy()
    in_fold = np.append(np.zeros(40, bool), folds == fold)
    labels[in_fold] = (labels[in_fold] + 1) % CLASSES
    after = cross_fit(
        training_set._replace(labels=labels),
        DEFAULT,
        training_set.anchor,
        folds,
    )
    assert np.array_equal(before.challenger[folds == fold], after.challenger[folds == fold])
    assert not np.allclose(before.challenger[folds != fold], after.challenger[folds != fold])


def test_with_one_player_the_held_out_head_is_the_champion() -> None:
    training_set = random_training_set(40, 6)
    predicted = cross_fit(
        training_set,
        DEFAULT,
        training_set.fit(DEFAULT),
        np.zeros(6, np.int64),
    )
    assert predicted.challenger == pytest.approx(predicted.champion, abs=1e-6)


def test_old_corrections_are_learned_from_in_every_fold() -> None:
    training_set = random_training_set(40, 12)
    head = training_set.fit(DEFAULT)
    folds = np.array([LEARNED_BEFORE] * 6 + [0, 0, 0, 1, 1, 1])
    predicted = cross_fit(training_set, DEFAULT, head, folds)
    fold_head = training_set.fit(DEFAULT, without=folds == 0)
    expected = training_set.features[46:49] @ fold_head.weights + fold_head.bias
    assert len(predicted.labels) == 6
    assert np.array_equal(predicted.challenger[:3].argmax(1), expected.argmax(1))


def test_no_corrections_give_no_guesses() -> None:
    training_set = random_training_set(10, 0)
    predicted = cross_fit(
        training_set,
        DEFAULT,
        training_set.anchor,
        np.empty(0, np.int64),
    )
    assert predicted.champion.shape == (0, CLASSES)
