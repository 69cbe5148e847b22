"""Cross-fitting: no head predicts a player's drawings that it was fitted to."""

import numpy as np
import pytest
from scipy.special import softmax

from pipeline.fit.crossfit import LEARNED_BEFORE, NewAnswers, assign_folds, cross_fit
from pipeline.fit.training_set import TrainingSet
from tests.unit.fit._training_sets import CLASSES, DEFAULT, random_rows, random_training_set


def new_answers(training_set: TrainingSet, folds: np.ndarray) -> NewAnswers:
    """Return those answers of a training set that are in a fold."""
    is_new = folds != LEARNED_BEFORE
    rows = slice(training_set.base, None)
    return NewAnswers(
        training_set.features[rows][is_new], training_set.labels[rows][is_new], folds[is_new]
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
    fold, new = folds[0], new_answers(training_set, folds)
    before = cross_fit(training_set, DEFAULT, training_set.anchor, folds, new)
    labels = training_set.labels.copy()
    in_fold = np.append(np.zeros(40, bool), folds == fold)
    labels[in_fold] = (labels[in_fold] + 1) % CLASSES
    changed = training_set._replace(labels=labels)
    after = cross_fit(changed, DEFAULT, training_set.anchor, folds, new)
    assert np.array_equal(before.challenger[folds == fold], after.challenger[folds == fold])
    assert not np.allclose(before.challenger[folds != fold], after.challenger[folds != fold])


def test_with_one_player_the_held_out_head_is_the_champion() -> None:
    training_set, folds = random_training_set(40, 6), np.zeros(6, np.int64)
    predicted = cross_fit(
        training_set, DEFAULT, training_set.fit(DEFAULT), folds, new_answers(training_set, folds)
    )
    assert predicted.challenger == pytest.approx(predicted.champion, abs=1e-6)


def test_old_answers_are_learned_from_in_every_fold() -> None:
    training_set = random_training_set(40, 12)
    head = training_set.fit(DEFAULT)
    folds = np.array([LEARNED_BEFORE] * 6 + [0, 0, 0, 1, 1, 1])
    predicted = cross_fit(training_set, DEFAULT, head, folds, new_answers(training_set, folds))
    fold_head = training_set.fit(DEFAULT, without=folds == 0)
    expected = training_set.features[46:49] @ fold_head.weights + fold_head.bias
    assert len(predicted.labels) == 6
    assert np.array_equal(predicted.challenger[:3].argmax(1), expected.argmax(1))


def test_no_answers_give_no_guesses() -> None:
    training_set, folds = random_training_set(10, 0), np.empty(0, np.int64)
    predicted = cross_fit(
        training_set, DEFAULT, training_set.anchor, folds, new_answers(training_set, folds)
    )
    assert predicted.champion.shape == (0, CLASSES)


def test_answers_that_were_not_fitted_to_are_predicted_without_their_player_too() -> None:
    training_set, folds = random_training_set(40, 12), np.array([0] * 6 + [1] * 6)
    head = training_set.fit(DEFAULT)
    new = NewAnswers(*random_rows(9, 3), np.array([0, 1, 2] * 3))
    predicted = cross_fit(training_set, DEFAULT, head, folds, new)
    heads = [
        training_set.fit(DEFAULT, without=folds == 0, start=head),
        training_set.fit(DEFAULT, without=folds == 1, start=head),
        head,
    ]
    for fold, fold_head in enumerate(heads):
        in_fold = new.folds == fold
        features = new.features[in_fold].astype(np.float32)
        expected = softmax(features @ fold_head.weights + fold_head.bias, axis=1)
        assert predicted.challenger[in_fold] == pytest.approx(expected, abs=1e-5), fold
