"""What answers stand for: weights by the chance of being asked, and by kind where it is unknown."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.records.corrections import NOT_SAID
from pipeline.sampling.rows import FEWEST_AUDITS, AnswerRows, divide_answers
from pipeline.sampling.weights import LEAST_CHANCE, effective_size, weigh_answers
from tests._examples import load_quick_profile
from tests.unit.sampling._answers import (
    AUDIT,
    DISAGREEMENT,
    MARGIN,
    NO_CHANCE,
    NONE,
    TRUTH,
    answers,
    play,
)

load_quick_profile()

ratios = st.floats(1, 4)
chances = st.sampled_from([NO_CHANCE, 1.0, 0.5, 0.05, 0.01, 1e-6, 0.0, -1.0, 2.0])
codes = st.sampled_from([NONE, MARGIN, AUDIT, DISAGREEMENT, NOT_SAID])
groups = st.tuples(st.integers(1, 30), st.booleans(), codes, chances)
audits = st.tuples(
    st.integers(1, 30), st.booleans(), st.just(AUDIT), st.sampled_from([1.0, 0.5, 0.05])
)
unknowns = st.tuples(st.integers(1, 30), st.booleans(), st.just(NOT_SAID), st.just(NO_CHANCE))
one_sample = st.sampled_from([audits, unknowns]).flatmap(
    lambda kind: st.lists(kind, min_size=1, max_size=8).map(lambda parts: answers(*parts))
)
some_answers = st.lists(groups, min_size=1, max_size=8).map(lambda parts: answers(*parts))


@given(some_answers, ratios)
def test_weights_are_above_zero_with_a_mean_of_one(rows: AnswerRows, ratio: float) -> None:
    weights = weigh_answers(rows, ratio)
    assert weights.dtype == np.float32
    assert (weights > 0).all()
    assert weights.mean() == pytest.approx(1, rel=1e-4)


@given(some_answers, ratios, st.integers(0, 1000))
def test_the_order_of_the_rows_changes_only_the_order(
    rows: AnswerRows, ratio: float, seed: int
) -> None:
    order = np.random.default_rng(seed).permutation(len(rows.chances))
    assert rows.asked is not None
    mixed = AnswerRows(rows.confirmed[order], rows.chances[order], rows.asked[order])
    np.testing.assert_array_equal(weigh_answers(mixed, ratio), weigh_answers(rows, ratio)[order])


@given(one_sample, ratios, st.integers(2, 4))
def test_the_same_answers_several_times_say_the_same(
    rows: AnswerRows, ratio: float, times: int
) -> None:
    assert rows.asked is not None
    many = AnswerRows(*(np.tile(column, times) for column in (rows[0], rows[1], rows.asked)))
    once, often = weigh_answers(rows, ratio), weigh_answers(many, ratio)
    np.testing.assert_allclose(often, np.tile(once, times), rtol=1e-4)


def test_no_answers_have_no_weights() -> None:
    empty = AnswerRows(np.empty(0, np.bool_), np.empty(0, np.float32), np.empty(0, np.uint8))
    assert weigh_answers(empty, 2.0).shape == (0,)
    assert effective_size(weigh_answers(empty, 2.0)) == 0


@pytest.mark.parametrize("confirmed", [True, False])
def test_answers_of_one_kind_weigh_the_same(*, confirmed: bool) -> None:
    weights = weigh_answers(answers((7, confirmed, NOT_SAID, NO_CHANCE)), 3.0)
    np.testing.assert_array_equal(weights, np.ones(7, np.float32))


def test_a_confirmation_weighs_ratio_corrections_where_nobody_knows_how_it_came_about() -> None:
    rows = answers((5, False, NOT_SAID, NO_CHANCE), (3, True, NOT_SAID, NO_CHANCE))
    weights = weigh_answers(rows, 3.0)
    assert weights[-1] / weights[0] == pytest.approx(3)


def test_known_chances_weigh_as_many_drawings_as_they_stand_for() -> None:
    rows = answers((6, False, MARGIN, 1.0), (4, True, MARGIN, 1.0), (30, True, AUDIT, 0.05))
    weights = weigh_answers(rows, 3.0)
    assert weights[-1] / weights[0] == pytest.approx(20)
    assert weights[5] == weights[6]


@pytest.mark.parametrize("chance", [1e-9, 1e-30, LEAST_CHANCE / 2])
def test_a_tiny_chance_weighs_no_more_than_the_least(chance: float) -> None:
    rows = answers((6, False, MARGIN, 1.0), (1, True, AUDIT, chance), (30, True, AUDIT, 0.05))
    weights = weigh_answers(rows, 3.0)
    assert weights[6] / weights[0] == pytest.approx(1 / LEAST_CHANCE)


@pytest.mark.parametrize("chance", [0.0, -0.5, 1.5, math.inf, NO_CHANCE])
def test_a_chance_that_is_none_counts_as_not_said(chance: float) -> None:
    rows = answers((6, False, AUDIT, chance), (3, True, AUDIT, chance))
    assert divide_answers(rows).unknown.all()


def test_small_margins_alone_are_no_sample_of_all_drawings() -> None:
    rows = answers((50, False, MARGIN, 1.0), (50, True, MARGIN, 1.0))
    assert divide_answers(rows).unknown.all()
    assert weigh_answers(rows, 3.0)[-1] / weigh_answers(rows, 3.0)[0] == pytest.approx(3)


def test_one_audit_answer_beside_a_thousand_margins_is_no_audit() -> None:
    margins = (1000, False, MARGIN, 1.0)
    assert divide_answers(answers(margins, (1, True, AUDIT, 0.01))).unknown.all()
    assert divide_answers(answers(margins, (60, True, AUDIT, 0.01))).chosen.all()


@pytest.mark.parametrize("audits", [1, FEWEST_AUDITS - 1])
def test_a_few_audit_answers_say_less_than_what_is_assumed(audits: int) -> None:
    rows = answers((6, False, MARGIN, 1.0), (audits, True, AUDIT, 0.05))
    assert divide_answers(rows).unknown.all()


def test_a_game_that_asks_about_everything_needs_no_ratio() -> None:
    rows = answers((10, False, AUDIT, 1.0), (30, True, AUDIT, 1.0))
    np.testing.assert_array_equal(weigh_answers(rows, 4.0), np.ones(40, np.float32))


def test_unasked_corrections_do_not_make_the_model_look_worse() -> None:
    sample = [(50, False, MARGIN, 1.0), (50, True, MARGIN, 1.0), (45, True, AUDIT, 0.05)]
    sample += [(5, False, AUDIT, 0.05)]
    alone = answers(*sample)
    truth = (weigh_answers(alone, 1.0) * alone.confirmed).mean()
    for code in (NONE, NOT_SAID):
        rows = answers(*sample, (500, False, code, NO_CHANCE))
        accuracy = (weigh_answers(rows, 1.0) * rows.confirmed).mean()
        assert accuracy == pytest.approx(truth, abs=0.01)


def test_unasked_answers_share_the_weight_of_the_audit() -> None:
    sample = [(20, True, MARGIN, 1.0), (10, False, AUDIT, 0.1), (40, True, AUDIT, 0.1)]
    alone = weigh_answers(answers(*sample), 1.0)
    rows = answers(*sample, (90, False, NONE, NO_CHANCE))
    weights = weigh_answers(rows, 1.0)
    assert weights[20] == weights[-1]
    audited_alone = alone[20:30].sum() / alone.sum()
    assert weights[[*range(20, 30), *range(70, 160)]].sum() / weights.sum() == pytest.approx(
        audited_alone, rel=1e-4
    )


def test_more_known_chances_leave_less_to_the_ratio() -> None:
    unknown = [(50, False, NOT_SAID, NO_CHANCE), (50, True, NOT_SAID, NO_CHANCE)]

    def spread(audits: int) -> float:
        rows = answers(*unknown, (audits, False, AUDIT, 0.5), (9 * audits, True, AUDIT, 0.5))
        low, high = (
            float((weigh_answers(rows, ratio) * rows.confirmed).mean()) for ratio in (1, 4)
        )
        return high - low

    assert spread(1) > spread(10) > spread(100) > 0


def test_weighted_answers_show_the_accuracy_on_all_drawings() -> None:
    rows = play(np.random.default_rng(3), 60_000, audit=0.2)
    counted = rows.confirmed.mean()
    weighted = (weigh_answers(rows, 3.0) * rows.confirmed).mean()
    assert abs(weighted - TRUTH) < 0.02 < abs(counted - TRUTH)


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=20), st.floats(0.1, 10))
def test_the_effective_size_is_at_most_the_number_and_has_no_scale(
    weights: list[float], factor: float
) -> None:
    size = effective_size(np.array(weights))
    assert 1 - 1e-9 <= size <= len(weights) * (1 + 1e-9)
    assert effective_size(factor * np.array(weights)) == pytest.approx(size)


def test_equal_weights_have_their_number_as_effective_size() -> None:
    assert effective_size(np.full(12, 0.7)) == pytest.approx(12)
