"""The statistics of the gate: intervals by player, exact tests, and correction for their number."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.gate.paired import (
    PlayerTotals,
    difference_interval,
    effective_rows,
    enclose_intervals,
    holm_rejections,
    loss_p_value,
    mcnemar_p_value,
    sum_by_player,
    weigh_disagreements,
)
from pipeline.model.answers import PairedGuesses
from tests.unit.gate._guesses import make_guesses


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


def test_weights_are_summed_by_player_and_rows_without_players_stand_alone() -> None:
    names = np.array(["a", "b", "a", "c"])
    guesses = PairedGuesses(*np.zeros((2, 4), np.uint8), np.array([1, 1, 1, 0], np.uint8), names)
    totals = sum_by_player(guesses, np.array([1, 4, 0.5, 2], np.float32))
    assert totals.gains.tolist() == [-1.5, -4, 0]
    assert totals.weights.tolist() == [1.5, 4, 2]
    assert totals.rows == 4
    assert sum_by_player(guesses).weights.tolist() == [2, 1, 1]
    assert len(sum_by_player(guesses._replace(players=None)).weights) == 4


def test_equal_weights_of_any_size_give_the_interval_of_the_rows() -> None:
    guesses = make_guesses(80, 9, 4, 7, players=30)
    rows = difference_interval(sum_by_player(guesses), 0.95)
    for weight in (0.25, 3):
        weighted = sum_by_player(guesses, np.full(guesses.rows, weight, np.float32))
        assert difference_interval(weighted, 0.95) == pytest.approx(rows)


def test_so_many_equal_rows_show_as_much_as_unequal_ones() -> None:
    assert effective_rows(np.full(7, 2, np.float32)) == 7
    assert effective_rows(np.array([1, 1, 1, 3], np.float32)) == 3


def test_an_answer_about_a_disagreement_stands_for_the_agreements_beside_it() -> None:
    # One in ten drawings is a disagreement, and three in four of these are gained: 5 points.
    others = make_guesses(900, 50, 50, players=500)
    weights = np.ones(others.rows, np.float32)
    count, stands = weigh_disagreements(others, weights)
    assert (count, stands) == (1, pytest.approx(10, rel=0.01))
    asked = make_guesses(0, 300, 100, players=400, prefix="q")
    totals = sum_by_player(
        asked,
        np.full(asked.rows, count, np.float32),
        stand_for=np.full(asked.rows, stands, np.float32),
    )
    interval = difference_interval(totals, 0.95)
    assert interval.estimate == pytest.approx(0.05, rel=0.02)
    assert interval.low == pytest.approx(0.05 - 1.65 * 0.87 * 0.1 / 400**0.5, abs=0.001)


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


def test_a_weighted_loss_is_less_likely_to_be_chance_the_more_players_it_rests_on() -> None:
    def p_value(gained: int, lost: int, same: int = 100) -> float:
        return loss_p_value(count_totals(gained, lost, same))

    assert p_value(0, 0) == p_value(9, 5) == p_value(5, 5) == 1
    assert 0.5 > p_value(4, 5) > p_value(2, 8) > p_value(2, 20) > 0
    assert p_value(0, 16) < 0.001
    assert loss_p_value(PlayerTotals(np.array([-400.0]), np.array([500.0]), 500)) > 0.1
    assert loss_p_value(count_totals(0, 0, 0)) == 1


def test_weights_of_any_size_give_the_same_p_value() -> None:
    guesses = make_guesses(80, 4, 15, 7, players=60)
    p_values = [
        loss_p_value(sum_by_player(guesses, np.full(guesses.rows, weight, np.float32)))
        for weight in (0.5, 8)
    ]
    assert p_values[0] == pytest.approx(p_values[1])
