"""Cross-fitting: no head says anything about a player whom it has seen."""

import numpy as np
import pytest
from scipy.special import softmax

from pipeline.fit.crossfit import LEARNED_BEFORE, ConfirmationRows, assign_folds, cross_fit
from tests.unit.fit._lessons import CLASSES, USUAL, WIDTH, lesson, rows

NOTHING = ConfirmationRows(
    np.empty((0, WIDTH), np.float16), np.empty(0, np.uint8), np.empty(0, np.int64)
)


def players(count: int) -> np.ndarray:
    rng = np.random.default_rng(4)
    names = [rng.bytes(32).hex() for _ in range(max(1, count // 3))]
    return np.array([names[each % len(names)] for each in range(count)], object)


def test_all_drawings_of_a_player_are_in_one_fold() -> None:
    names = players(60)
    folds = assign_folds(names)
    for name in set(names):
        assert len(set(folds[names == name])) == 1
    assert set(folds) <= set(range(5))


def test_a_label_changes_no_guess_about_its_own_player() -> None:
    found, folds = lesson(40, 30), assign_folds(players(30))
    fold = folds[0]
    before = cross_fit(found, USUAL, found.anchor, folds, beside=NOTHING).corrections
    labels = found.labels.copy()
    mine = np.append(np.zeros(40, bool), folds == fold)
    labels[mine] = (labels[mine] + 1) % CLASSES
    after = cross_fit(
        found._replace(labels=labels), USUAL, found.anchor, folds, beside=NOTHING
    ).corrections
    assert np.array_equal(before.challenger[folds == fold], after.challenger[folds == fold])
    assert not np.allclose(before.challenger[folds != fold], after.challenger[folds != fold])


def test_with_one_player_the_held_out_head_is_the_champion() -> None:
    found = lesson(40, 6)
    said = cross_fit(
        found, USUAL, found.solved(USUAL), np.zeros(6, np.int64), beside=NOTHING
    ).corrections
    assert said.challenger == pytest.approx(said.champion, abs=1e-6)


def test_old_corrections_are_learned_from_in_every_fold() -> None:
    found = lesson(40, 12)
    head = found.solved(USUAL)
    folds = np.array([LEARNED_BEFORE] * 6 + [0, 0, 0, 1, 1, 1])
    said = cross_fit(found, USUAL, head, folds, beside=NOTHING).corrections
    alone = found.solved(USUAL, without=folds == 0)
    expected = found.features[46:49] @ alone.weights + alone.bias
    assert np.array_equal(said.challenger[6:9].argmax(1), expected.argmax(1))


def test_no_corrections_give_no_guesses() -> None:
    found = lesson(10, 0)
    said = cross_fit(found, USUAL, found.anchor, np.empty(0, np.int64), beside=NOTHING)
    assert said.corrections.champion.shape == (0, CLASSES)


def test_what_lies_beside_is_guessed_by_the_head_that_did_not_see_its_player() -> None:
    found, folds = lesson(40, 12), np.array([0] * 6 + [1] * 6)
    head, beside = found.solved(USUAL), ConfirmationRows(*rows(9, 3), np.array([0, 1, 2] * 3))
    said = cross_fit(found, USUAL, head, folds, beside=beside).beside
    heads = [
        found.solved(USUAL, without=folds == 0, start=head),
        found.solved(USUAL, without=folds == 1, start=head),
        head,
    ]
    for fold, by in enumerate(heads):
        mine = beside.folds == fold
        expected = softmax(beside.features[mine].astype(np.float32) @ by.weights + by.bias, axis=1)
        assert said.challenger[mine] == pytest.approx(expected, abs=1e-5), fold
