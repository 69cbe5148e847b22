"""What an answer of a trial counts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.trial.standing import RatioBounds
from pipeline.trial.weights import bound_players, count_bounded, estimate_share, weigh
from tests.unit.trial._evidence import EVEN, NOT_SAID, make_evidence

NAN = np.float32(np.nan)


def test_an_answer_stands_for_as_many_drawings_as_its_chance_says() -> None:
    weights = weigh(np.array([True, False]), np.array([1, 0.1], np.float32), 4.0)
    assert weights[1] / weights[0] == pytest.approx(10)


def test_without_a_chance_a_confirmation_stands_for_as_many_corrections_as_the_ratio_says() -> None:
    weights = weigh(np.array([True, False]), np.array([NAN, NAN]), 4.0)
    assert weights[0] / weights[1] == pytest.approx(4)


def test_samples_with_and_without_chances_count_by_their_effective_sizes() -> None:
    chances = np.array([1, 1, 1, 1, NAN, NAN], np.float32)
    weights = weigh(np.array([True, False, True, False, True, False]), chances, 4.0)
    assert weights[:4].sum() == pytest.approx(4)
    assert weights[4:].sum() == pytest.approx(5**2 / (4**2 + 1))


@given(st.lists(st.integers(0, 5), max_size=60))
def test_answers_of_one_player_count_at_most_five(numbers: list[int]) -> None:
    players = np.array([f"p{number}" for number in numbers], np.bytes_)
    counted = count_bounded(players)
    assert (np.diff(counted, prepend=0) > 0).all()
    sizes = [numbers.count(number) for number in set(numbers)]
    expected = sum(size / (1 + (size - 1) / 5) for size in sizes)
    assert (counted[-1] if numbers else 0) == pytest.approx(expected)
    assert expected <= 5 * len(sizes)


def test_one_answer_of_each_player_counts_one() -> None:
    assert count_bounded(np.array(["a", "b", "c"])).tolist() == [1, 2, 3]


def test_bounded_sums_keep_each_player_s_mean() -> None:
    players = np.array(["a"] * 100 + ["b"])
    totals = bound_players(players, np.append(np.full(100, 0.5), -1), np.ones(101))
    assert totals.gains / totals.weights == pytest.approx([0.5, -1])
    assert totals.weights[0] < 5
    assert totals.rows == 6


def test_no_answers_have_no_sums() -> None:
    assert bound_players(np.empty(0, "S1"), np.empty(0), np.empty(0)).rows == 0


def test_the_share_follows_from_answers_with_known_chances() -> None:
    evidence = make_evidence(40, 30, 30, 900)
    share = estimate_share(evidence, EVEN)
    assert share.estimate == pytest.approx(0.1)
    assert 0.05 < share.low < 0.1 < share.high < 0.15


def test_rare_questions_stand_for_many_drawings_that_agree() -> None:
    evidence = make_evidence(40, 30, 30, 90)
    chances = np.where(evidence.differ, 1, 0.1).astype(np.float32)
    assert estimate_share(evidence._replace(chances=chances), EVEN).estimate == pytest.approx(0.1)


def test_where_a_game_asks_for_disagreements_other_answers_do_not_tell_the_share() -> None:
    evidence = make_evidence(40, 30, 30, 900)
    chances = np.where(evidence.differ, 1, np.nan).astype(np.float32)
    unasked = np.where(evidence.differ, 3, NOT_SAID).astype(np.uint8)
    share = estimate_share(evidence._replace(chances=chances, asked=unasked), EVEN)
    assert share == (1.0, 0.0, 1.0)


def test_the_share_holds_for_both_ends_of_the_ratio() -> None:
    evidence = make_evidence(40, 30, 30, 900)._replace(
        chances=np.full(1000, NAN), asked=np.full(1000, NOT_SAID, np.uint8)
    )
    narrow, wide = (estimate_share(evidence, RatioBounds(1, high)) for high in (1, 4))
    assert wide.low <= narrow.low
    assert wide.high >= narrow.high
