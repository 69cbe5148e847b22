"""The label check contradicts wrong labels and not honest ones; no player helps himself."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipeline.records.dataset import NO_GUESS
from pipeline.screening.label_check import LabelChecks, check_labels
from pipeline.screening.limits import (
    CAUGHT_SHARE,
    ENOUGH_ROWS,
    EVIDENCE,
    FEW_ROWS,
    compute_chance_loss,
)
from pipeline.screening.referee import Referee
from tests._examples import examples

CLASSES = 20


class PixelReferee(Referee):
    """A referee whose embedding is the first pixels: how much a drawing is like each class."""

    def embed(self, images: NDArray[np.uint8], on_progress: object = None) -> NDArray[np.float32]:
        return images[:, 0, :CLASSES].astype(np.float32) / 25.5


@pytest.fixture(scope="session")
def referee() -> Referee:
    nothing = np.empty(0, np.float32)
    fields = dict.fromkeys(Referee._fields, nothing)
    fields |= {"weights": np.eye(CLASSES, dtype=np.float32), "bias": np.zeros(CLASSES, np.float32)}
    fields |= {
        "wrong_doubts": np.full(2000, 9.0, np.float32),
        "distances": np.full(100, 0.9, np.float32),
        "rows": np.asarray(CLASSES * ENOUGH_ROWS, np.float32),
    }
    fields["known"] = np.repeat(np.eye(CLASSES, dtype=np.float32), 5, axis=0)
    return PixelReferee(**fields)


def draw(*, classes: NDArray[np.int64], clearness: int = 255) -> NDArray[np.uint8]:
    images = np.zeros((len(classes), 28, 28), np.uint8)
    images[np.arange(len(classes)), 0, classes] = clearness
    return images


def check(
    images: NDArray[np.uint8],
    labels: NDArray[np.int64],
    players: NDArray[np.str_],
    referee: Referee,
) -> LabelChecks:
    guesses = np.full(len(labels), NO_GUESS, np.uint8)
    return check_labels(images, labels.astype(np.uint8), guesses, players, referee)


@pytest.fixture
def truth() -> NDArray[np.int64]:
    return np.random.default_rng(0).integers(0, CLASSES, 800)


@pytest.fixture
def players() -> NDArray[np.str_]:
    return np.array(
        [f"p{number}" for number in np.random.default_rng(1).integers(0, 30, 800)], np.str_
    )


def test_an_empty_harvest_has_empty_checks(referee: Referee) -> None:
    nothing = np.empty(0, np.int64)
    assert [
        len(part) for part in check(draw(classes=nothing), nothing, np.empty(0, np.str_), referee)
    ] == [0] * 5


@pytest.mark.parametrize(("label", "contradicted"), [(3, False), (4, True)])
def test_a_single_correction_is_checked_by_the_referee_alone(
    referee: Referee, label: int, contradicted: bool
) -> None:
    checks = check(draw(classes=np.array([3])), np.array([label]), np.array(["p"]), referee)
    assert (
        checks.contradicted.tolist(),
        checks.likeliest.tolist(),
        checks.no_class.tolist(),
    ) == (
        [contradicted],
        [3],
        [False],
    )
    assert checks.probabilities[0] > 0.99


def test_labels_of_another_class_are_contradicted_and_honest_ones_are_not(
    referee: Referee, truth: NDArray[np.int64], players: NDArray[np.str_]
) -> None:
    labels = truth.copy()
    labels[:40] = (labels[:40] + 1) % CLASSES
    assert np.flatnonzero(
        check(draw(classes=truth), labels, players, referee).contradicted
    ).tolist() == list(range(40))


def test_what_is_as_likely_as_chance_is_never_contradicted(
    referee: Referee, truth: NDArray[np.int64], players: NDArray[np.str_]
) -> None:
    checks = check(np.zeros((800, 28, 28), np.uint8), truth, players, referee)
    assert not checks.contradicted[checks.losses <= compute_chance_loss(20)].any()


def test_a_referee_of_few_rows_contradicts_only_what_is_far_less_likely_than_chance(
    referee: Referee, truth: NDArray[np.int64]
) -> None:
    rng = np.random.default_rng(3)
    images = rng.integers(0, 130, (800, 28, 28)).astype(np.uint8)
    labels = (truth + rng.integers(1, CLASSES, 800)) % CLASSES
    players = np.arange(800).astype(np.str_)
    few, many = (
        check(images, labels, players, referee._replace(rows=np.asarray(CLASSES * rows)))
        for rows in (FEW_ROWS, ENOUGH_ROWS)
    )
    least = compute_chance_loss(CLASSES) + np.log(EVIDENCE)
    assert not few.contradicted[few.losses <= least].any()
    assert many.contradicted[many.losses <= least].any()


def test_with_few_rows_two_doubtful_labels_of_one_player_are_contradicted_and_one_is_not(
    referee: Referee,
) -> None:
    """The referee finds each of them four times less likely than chance: too little for one."""
    images = draw(classes=np.array([3, 3]), clearness=100)
    labels, few = np.array([4, 4]), referee._replace(rows=np.asarray(CLASSES * FEW_ROWS))
    few = few._replace(wrong_doubts=np.zeros(2000, np.float32))
    one, two = (
        check(images[:count], labels[:count], np.array(["p"] * count), few) for count in (1, 2)
    )
    assert (
        compute_chance_loss(CLASSES)
        < one.losses[0]
        < compute_chance_loss(CLASSES) + np.log(EVIDENCE)
    )
    assert (one.contradicted.tolist(), two.contradicted.tolist()) == ([False], [True, True])


def test_what_is_like_no_class_fits_none(
    referee: Referee, truth: NDArray[np.int64], players: NDArray[np.str_]
) -> None:
    images = draw(classes=truth)
    images[:5] = 0
    assert np.flatnonzero(check(images, truth, players, referee).no_class).tolist() == list(
        range(5)
    )


def test_other_players_teach_what_the_referee_does_not_know(referee: Referee) -> None:
    """The referee sees class 0 in them, and a little of class 1; all players say class 1."""
    classes, players = (
        np.tile([1, 2, 3, 4], 200),
        np.array([f"p{number % 37}" for number in range(800)]),
    )
    images = draw(classes=classes, clearness=100)
    images[classes == 1, 0, 0] = 130
    by_referee = check(images[:1], classes[:1], players[:1], referee)
    assert check(images, classes, players, referee).losses[0] < by_referee.losses[0] / 2


def test_a_player_s_own_labels_teach_nothing_about_that_player_s_drawings(referee: Referee) -> None:
    classes = np.tile([1, 2, 3, 4], 200)
    images = draw(classes=classes, clearness=100)
    images[classes == 1, 0, 0] = 130
    taught_by_one = check(images, classes, np.full(800, "p"), referee)
    assert taught_by_one.losses[0] == pytest.approx(
        check(images[:1], classes[:1], np.array(["p"]), referee).losses[0], abs=1e-5
    )


def test_players_who_all_send_the_same_wrong_label_are_contradicted(
    referee: Referee, truth: NDArray[np.int64], players: NDArray[np.str_]
) -> None:
    labels, liars = truth.copy(), players.copy()
    labels[truth == 5] = 6
    liars[truth == 5] = [f"liar{number % 10}" for number in range((truth == 5).sum())]
    assert check(draw(classes=truth), labels, liars, referee).contradicted[truth == 5].all()


def test_the_promised_share_of_random_labels_is_contradicted(
    referee: Referee, truth: NDArray[np.int64], players: NDArray[np.str_]
) -> None:
    rng = np.random.default_rng(3)
    images = rng.integers(0, 130, (800, 28, 28)).astype(np.uint8)
    images[np.arange(800), 0, truth] = 140
    checks = check(
        images,
        (truth + rng.integers(1, CLASSES, 800)) % CLASSES,
        players,
        referee._replace(wrong_doubts=np.empty(0)),
    )
    assert (
        checks.contradicted.mean() <= CAUGHT_SHARE + 0.02
    )  # less if the limit would fall below chance


@settings(max_examples=examples(15), deadline=None)
@given(rows=st.integers(1, 12), seed=st.integers(0, 99))
def test_the_order_of_the_corrections_changes_no_check(
    referee: Referee, rows: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    images, labels = (
        rng.integers(0, 256, (rows, 28, 28)).astype(np.uint8),
        rng.integers(0, CLASSES, rows),
    )
    players, order = (
        np.array([f"p{number}" for number in rng.integers(0, 4, rows)]),
        rng.permutation(rows),
    )
    before, after = (
        check(images, labels, players, referee),
        check(images[order], labels[order], players[order], referee),
    )
    assert np.allclose(before.losses[order], after.losses, atol=1e-2)
    assert before.no_class[order].tolist() == after.no_class.tolist()
