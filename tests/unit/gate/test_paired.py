"""The statistics of the gate: intervals by player, exact tests, and correction for their number."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.gate.paired import (
    PlayerTotals,
    concatenate_guesses,
    difference_interval,
    enclose_intervals,
    holm_rejections,
    mcnemar_p_value,
    sum_by_player,
)
from pipeline.model.answers import PairedGuesses


def count_totals(gained: int, lost: int, same: int) -> PlayerTotals:
    """Return totals of players with one drawing each."""
    gains = np.repeat([1.0, -1.0, 0.0], [gained, lost, same])
    return PlayerTotals(gains, np.ones_like(gains), len(gains))


def test_no_rows_say_nothing() -> None:
    assert difference_interval(count_totals(0, 0, 0), 0.95) == (0.0, -1.0, 1.0)


def test_one_player_alone_says_nothing_however_much_was_drawn() -> None:
    assert difference_interval(PlayerTotals(np.array([400.0]), np.array([500.0]), 500), 0.95)[
        1:
    ] == (
        -1.0,
        1.0,
    )


# The lower bounds of Tango's score interval (1998) for the same counts, solved numerically.
@pytest.mark.parametrize(
    ("counts", "low"),
    [
        ((15, 10, 735), -0.0045),
        ((10, 25, 725), -0.0335),
        ((40, 9, 401), 0.0448),
        ((1900, 2000, 136_100), -0.00145),
    ],
)
def test_with_one_drawing_a_player_it_is_close_to_tango_s_interval(
    counts: tuple[int, int, int], low: float
) -> None:
    assert difference_interval(count_totals(*counts), 0.95).low == pytest.approx(low, rel=0.16)


@settings(deadline=None)
@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
def test_an_interval_holds_the_estimate_and_mirrors_when_the_models_are_swapped(
    gained: int, lost: int, same: int
) -> None:
    interval = difference_interval(count_totals(gained, lost, same), 0.95)
    mirrored = difference_interval(count_totals(lost, gained, same), 0.95)
    assert -1 <= interval.low <= interval.estimate <= interval.high <= 1
    assert (-mirrored.high, -mirrored.low) == pytest.approx((interval.low, interval.high))


def test_drawings_of_few_players_give_a_wider_interval() -> None:
    alone = difference_interval(count_totals(40, 20, 440), 0.95)
    gains = np.array([10.0] * 4 + [-5.0] * 4 + [0.0] * 44)
    grouped = difference_interval(PlayerTotals(gains, np.full(52, 500 / 52), 500), 0.95)
    assert grouped.estimate == pytest.approx(alone.estimate)
    assert grouped.low < alone.low


@pytest.mark.slow
@pytest.mark.parametrize("players", [20, 80])
def test_the_lower_bound_is_too_high_in_five_of_a_hundred_cases_at_most(players: int) -> None:
    rng, missed, rounds = np.random.default_rng(0), 0, 2000
    for _ in range(rounds):
        sizes = 1 + rng.geometric(0.1, players)
        gained = rng.binomial(sizes, rng.beta(1, 9, players))
        # A share of 0.9 * 1/9 is lost, as much as is gained: the true difference is 0.
        lost = rng.binomial(sizes - gained, rng.beta(1, 8, players))
        totals = PlayerTotals((gained - lost).astype(float), sizes.astype(float), int(sizes.sum()))
        missed += difference_interval(totals, 0.95).low > 0
    assert missed / rounds < 0.065


def test_players_are_joined_by_name_and_rows_without_names_stand_alone() -> None:
    one = PairedGuesses(
        *np.zeros((2, 3), np.uint8), np.ones(3, np.uint8), np.array(["a", "a", "b"])
    )
    other = PairedGuesses(*np.zeros((2, 2), np.uint8), np.zeros(2, np.uint8), np.array(["b", "c"]))
    unnamed = PairedGuesses(*np.zeros((3, 2), np.uint8))
    totals = sum_by_player([(one, 1.0), (other, 4.0)])
    assert totals.gains.tolist() == [-2, -1, 0]
    assert totals.weights.tolist() == [2, 5, 4]
    assert totals.rows == 5
    both = concatenate_guesses([one, None, unnamed])
    assert both is not None
    assert len(sum_by_player([(both, 1.0)]).weights) == 4
    assert concatenate_guesses([None, unnamed.select_class(7)]) is None


def test_the_enclosing_interval_has_the_lower_estimate() -> None:
    better = difference_interval(count_totals(30, 5, 100), 0.95)
    worse = difference_interval(count_totals(30, 20, 100), 0.95)
    assert enclose_intervals(better, worse) == (worse.estimate, worse.low, better.high)


@pytest.mark.parametrize(
    ("gains", "p_value"),
    [([], 1), ([1, 1], 1), ([-1], 0.5), ([-3, -1, 0, 1], 0.5), ([-1] * 5, 1 / 32)],
)
def test_gains_and_losses_are_compared_with_a_fair_coin(gains: list[float], p_value: float) -> None:
    assert mcnemar_p_value(np.array(gains)) == pytest.approx(p_value)


def test_several_tests_share_the_allowed_error() -> None:
    assert holm_rejections([0.02, 0.01, 0.04], 0.05) == [True, True, True]
    assert holm_rejections([0.03, 0.01, 0.04], 0.05) == [False, True, False]
    assert holm_rejections([0.02], 0.01) == [False]
    assert holm_rejections([], 0.05) == []


def test_guesses_are_the_likeliest_classes() -> None:
    labels = np.array([1, 1], np.uint8)
    probabilities = np.array([[0.2, 0.8], [0.9, 0.1]], np.float32)
    guesses = PairedGuesses.from_probabilities(labels, probabilities, probabilities[::-1])
    assert guesses.champion.tolist() == [1, 0]
    assert guesses.challenger.tolist() == [0, 1]
    assert guesses.gains.tolist() == [-1, 1]
