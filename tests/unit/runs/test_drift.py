"""Drift is detected where the correction rate rises, and not where chance may explain it."""

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.records.corrections import Answers
from pipeline.runs.drift import (
    ANSWERS_PER_TRIAL,
    FALSE_ALARMS,
    FEWEST_ANSWERS,
    _compute_p_value,
    detect_drift,
)

counts = st.integers(0, 5000)


def rising(first: Answers, recent: Answers, window: int = 1) -> bool:
    return detect_drift("v1.0.1", first, recent, window, 0.05).rising


@pytest.mark.parametrize(
    ("first", "recent"),
    [((100, 0), (900, 100)), ((100, 900), (500, 0)), ((0, 0), (500, 0)), ((0, 0), (0, 0))],
)
def test_without_confirmations_nothing_is_found_and_that_is_said(
    first: tuple[int, int], recent: tuple[int, int]
) -> None:
    drift = detect_drift("v1.0.1", Answers(*first), Answers(*recent), 1, 0.05)
    assert (drift.rising, "no confirmations were sent" in drift.sentence) == (False, True)


@pytest.mark.parametrize(("first", "recent"), [((1, 98), (990, 10)), ((10, 990), (98, 1))])
def test_few_answers_show_nothing_and_that_is_said(
    first: tuple[int, int], recent: tuple[int, int]
) -> None:
    drift = detect_drift("v1.0.1", Answers(*first), Answers(*recent), 1, 0.05)
    assert not drift.rising
    assert f"{FEWEST_ANSWERS} are needed of each" in drift.sentence


def test_a_small_rise_is_none_however_sure() -> None:
    assert not rising(Answers(200_000, 800_000), Answers(249_000, 751_000))


def test_a_rise_that_can_be_chance_is_none() -> None:
    assert not rising(Answers(20, 80), Answers(28, 72))


def test_a_falling_rate_is_no_rise() -> None:
    assert not rising(Answers(500, 500), Answers(100, 900))


def test_what_shows_drift_in_the_first_window_must_be_clearer_in_a_later_one() -> None:
    first, recent = Answers(200, 800), Answers(320, 680)
    assert rising(first, recent, 1)
    assert not rising(first, recent, 300)


def test_the_sentence_names_both_rates() -> None:
    drift = detect_drift("v1.0.1", Answers(200, 800), Answers(400, 600), 3, 0.05)
    assert drift == (
        True,
        "v1.0.1 is corrected in 40% of 1000 answers, right after its release in 20% of 1000",
    )


@settings(deadline=None)
@given(counts, counts, counts, counts, st.integers(1, 1000))
def test_no_counts_break_it_and_a_rate_that_is_no_higher_is_never_drift(
    a: int, b: int, c: int, d: int, window: int
) -> None:
    first, recent = Answers(a, b), Answers(c, d)
    if rising(first, recent, window):
        assert recent.rate > first.rate


@settings(deadline=None)
@given(st.integers(1, 999), st.integers(0, 900), st.integers(1, 300))
def test_more_corrections_never_make_drift_less_sure(first: int, recent: int, window: int) -> None:
    before, less, more = (Answers(count, 1000 - count) for count in (first, recent, recent + 99))
    assert rising(before, less, window) <= rising(before, more, window)


@settings(deadline=None)
@given(st.integers(1, 60), st.integers(0, 60), st.integers(1, 60), st.integers(0, 60))
def test_the_p_value_is_that_of_fisher_s_exact_test(a: int, b: int, c: int, d: int) -> None:
    first, recent = (
        Answers(pair[0] * ANSWERS_PER_TRIAL, pair[1] * ANSWERS_PER_TRIAL)
        for pair in ((a, b), (c, d))
    )
    ways = sum(
        comb(c + d, hits) * comb(a + b, a + c - hits) for hits in range(c, min(a + c, c + d) + 1)
    )
    assert _compute_p_value(first, recent) == pytest.approx(
        float(Fraction(ways, comb(a + b + c + d, a + c))), rel=1e-9
    )


def test_over_half_a_year_fewer_champions_than_promised_raise_a_false_alarm() -> None:
    """Answers are independent here, 300 a day; benchmarks/drift.py simulates players."""
    rng, alarms = np.random.default_rng(0), 0
    for _ in range(150):
        first, *later = rng.binomial(300, 0.25, 183).tolist()
        alarms += any(
            rising(Answers(first, 300 - first), Answers(count, 300 - count), day)
            for day, count in enumerate(later, start=1)
        )
    assert alarms / 150 <= FALSE_ALARMS
