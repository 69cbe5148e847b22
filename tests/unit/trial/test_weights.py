"""What an answer of a trial counts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.records.corrections import NOT_SAID
from pipeline.trial.standing import RatioBounds
from pipeline.trial.weights import bound_players, count_bounded, estimate_share, weigh_differing
from tests.unit.trial._evidence import EVEN, make_evidence

NAN = np.float32(np.nan)


def test_answers_asked_for_where_the_versions_differ_count_the_same() -> None:
    weights = weigh_differing(make_evidence(10, 5, 5, 100), 4.0)
    assert len(weights) == 20
    assert weights == pytest.approx(np.ones(20))


def test_answers_of_clients_that_do_not_know_of_the_trial_are_a_sample_of_their_own() -> None:
    evidence = make_evidence(4, 2, 0, 0)
    unasked = np.arange(6) >= 4
    evidence = evidence._replace(
        confirmed=np.array([True, True, False, False, True, False]),
        asked=np.where(unasked, 0, 3).astype(np.uint8),
        chances=np.where(unasked, 0.01, 1).astype(np.float32),
    )
    weights = weigh_differing(evidence, 4.0)
    assert weights[:4] == pytest.approx(np.ones(4))
    assert weights[4] / weights[5] == pytest.approx(4)
    assert weights[4:].sum() == pytest.approx(5**2 / (4**2 + 1))


def test_where_nobody_says_why_a_confirmation_stands_for_as_many_as_the_ratio_says() -> None:
    evidence = make_evidence(10, 10, 0, 0)._replace(
        chances=np.full(20, NAN), asked=np.full(20, NOT_SAID, np.uint8)
    )
    weights = weigh_differing(evidence, 4.0)
    confirmed, corrected = (weights[evidence.confirmed == value] for value in (True, False))
    assert confirmed == pytest.approx(4 * corrected[0] * np.ones(10))


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
    assert (share.estimate, share.high) == (1.0, 1.0)
    assert share.low < 0.001


def test_the_share_holds_for_both_ends_of_the_ratio() -> None:
    evidence = make_evidence(40, 30, 30, 900)._replace(
        chances=np.full(1000, NAN), asked=np.full(1000, NOT_SAID, np.uint8)
    )
    narrow, wide = (estimate_share(evidence, RatioBounds(1, high)) for high in (1, 4))
    assert wide.low <= narrow.low
    assert wide.high >= narrow.high
