"""The statistics of the gate: intervals by player, exact tests, and correction for their number."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.gate.paired import (
    PlayerSums,
    concatenate_guesses,
    cover_both,
    difference_interval,
    holm_rejections,
    mcnemar_p_value,
    sum_by_player,
)
from pipeline.model.answers import PairedGuesses


def rows(gained: int, lost: int, same: int) -> PlayerSums:
    changes = np.repeat([1.0, -1.0, 0.0], [gained, lost, same])
    return PlayerSums(changes, np.ones_like(changes), len(changes))


def test_no_rows_say_nothing() -> None:
    assert difference_interval(rows(0, 0, 0), 0.95) == (0.0, -1.0, 1.0)


def test_one_player_alone_says_nothing_however_much_was_drawn() -> None:
    assert difference_interval(PlayerSums(np.array([400.0]), np.array([500.0]), 500), 0.95)[1:] == (
        -1.0,
        1.0,
    )


# Bounds of Tango's score interval (1998) for the same counts, solved numerically.
@pytest.mark.parametrize(
    ("counts", "low"),
    [
        ((15, 10, 735), -0.0045),
        ((10, 25, 725), -0.0335),
        ((40, 9, 401), 0.0448),
        ((1900, 2000, 136_100), -0.00145),
    ],
)
def test_where_rows_stand_for_themselves_it_is_close_to_tango_s_interval(
    counts: tuple[int, int, int], low: float
) -> None:
    assert difference_interval(rows(*counts), 0.95).low == pytest.approx(low, rel=0.16)


@settings(deadline=None)
@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
def test_an_interval_holds_what_was_measured_and_mirrors_when_the_models_are_swapped(
    gained: int, lost: int, same: int
) -> None:
    found, mirrored = (
        difference_interval(rows(gained, lost, same), 0.95),
        difference_interval(rows(lost, gained, same), 0.95),
    )
    assert -1 <= found.low <= found.measured <= found.high <= 1
    assert (-mirrored.high, -mirrored.low) == pytest.approx((found.low, found.high))


def test_drawings_that_come_in_lumps_say_less() -> None:
    alone = difference_interval(rows(40, 20, 440), 0.95)
    lumps = difference_interval(
        PlayerSums(np.array([10.0] * 4 + [-5.0] * 4 + [0.0] * 44), np.full(52, 500 / 52), 500), 0.95
    )
    assert lumps.measured == pytest.approx(alone.measured)
    assert lumps.low < alone.low


@pytest.mark.slow
@pytest.mark.parametrize("players", [20, 80])
def test_the_lower_bound_is_too_high_in_five_of_a_hundred_cases_at_most(players: int) -> None:
    rng, missed, rounds = np.random.default_rng(0), 0, 2000
    for _ in range(rounds):
        sizes = 1 + rng.geometric(0.1, players)
        gained = rng.binomial(sizes, rng.beta(1, 9, players))
        lost = rng.binomial(
            sizes - gained, rng.beta(1, 8, players)
        )  # 0.9 * 1/9: as many as are gained
        missed += (
            difference_interval(
                PlayerSums((gained - lost).astype(float), sizes.astype(float), int(sizes.sum())),
                0.95,
            ).low
            > 0
        )
    assert missed / rounds < 0.065


def test_players_are_joined_by_name_and_rows_without_names_stand_alone() -> None:
    one = PairedGuesses(
        *np.zeros((2, 3), np.uint8), np.ones(3, np.uint8), np.array(["a", "a", "b"])
    )
    other = PairedGuesses(*np.zeros((2, 2), np.uint8), np.zeros(2, np.uint8), np.array(["b", "c"]))
    unnamed = PairedGuesses(*np.zeros((3, 2), np.uint8))
    found = sum_by_player([(one, 1.0), (other, 4.0)])
    assert (found.changes.tolist(), found.weights.tolist(), found.rows) == (
        [-2, -1, 0],
        [2, 5, 4],
        5,
    )
    both = concatenate_guesses([one, None, unnamed])
    assert both is not None
    assert len(sum_by_player([(both, 1.0)]).weights) == 4
    assert concatenate_guesses([None, unnamed.of_class(7)]) is None


def test_what_holds_at_both_weights_is_the_least_favourable_of_both() -> None:
    few, many = (
        difference_interval(rows(30, 5, 100), 0.95),
        difference_interval(rows(30, 20, 100), 0.95),
    )
    assert cover_both(few, many) == (many.measured, many.low, few.high)


@pytest.mark.parametrize(
    ("changes", "chance"),
    [([], 1), ([1, 1], 1), ([-1], 0.5), ([-3, -1, 0, 1], 0.5), ([-1] * 5, 1 / 32)],
)
def test_the_chance_of_a_loss_is_that_of_a_coin(changes: list[float], chance: float) -> None:
    assert mcnemar_p_value(np.array(changes)) == pytest.approx(chance)


def test_several_tests_share_the_error_that_is_allowed() -> None:
    assert holm_rejections([0.02, 0.01, 0.04], 0.05) == [True, True, True]
    assert holm_rejections([0.03, 0.01, 0.04], 0.05) == [False, True, False]
    assert holm_rejections([0.02], 0.01) == [False]
    assert holm_rejections([], 0.05) == []


def test_guesses_are_the_likeliest_classes() -> None:
    said = np.array([[0.2, 0.8], [0.9, 0.1]], np.float32)
    found = PairedGuesses.of(np.array([1, 1], np.uint8), said, said[::-1])
    assert (found.champion.tolist(), found.challenger.tolist(), found.change.tolist()) == (
        [1, 0],
        [0, 1],
        [-1, 1],
    )
