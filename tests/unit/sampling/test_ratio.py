"""How much more readily players correct than confirm: bounds that hold the truth as often as said.

The simulations are seeded, so a test ends the same way each time.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.records.corrections import NOT_SAID
from pipeline.sampling.accuracy import bound_accuracy, estimate_accuracy
from pipeline.sampling.ratio import MARGIN_EAGERNESS, Ratio, estimate_ratio
from pipeline.sampling.rows import AnswerRows
from tests._examples import load_quick_profile
from tests.unit.sampling._answers import (
    AUDIT,
    MARGIN,
    NO_CHANCE,
    NONE,
    TRUTH,
    answers,
    play,
)

load_quick_profile()

EAGERNESS = 4.0
GAMES = 60
counts = st.integers(0, 2000)
ranges = st.tuples(st.floats(0, 1), st.floats(0, 1)).map(lambda ends: (min(ends), max(ends)))


def unknown(corrections: int, confirmations: int) -> AnswerRows:
    return answers(
        (corrections, False, NOT_SAID, NO_CHANCE), (confirmations, True, NOT_SAID, NO_CHANCE)
    )


@given(counts, counts, ranges, st.none() | st.integers(-5, 10**12))
def test_without_chances_the_ratio_stays_within_the_owners_bound(
    corrections: int, confirmations: int, accuracy: tuple[float, float], drawings: int | None
) -> None:
    ratio = estimate_ratio(
        unknown(corrections, confirmations),
        eagerness=EAGERNESS,
        accuracy=accuracy,
        drawings=drawings,
    )
    assert 1 <= ratio.low <= ratio.likely <= ratio.high <= EAGERNESS


@pytest.mark.parametrize("rows", [unknown(0, 0), unknown(300, 0), unknown(0, 300)])
def test_one_kind_of_answers_says_nothing_about_the_ratio(rows: AnswerRows) -> None:
    assert estimate_ratio(rows, eagerness=EAGERNESS) == pytest.approx((1, 2, 4))


def test_nothing_known_is_the_owners_bound() -> None:
    assert estimate_ratio(unknown(90, 200), eagerness=EAGERNESS) == pytest.approx((1, 2, 4))


def test_the_accuracy_that_a_version_can_have_narrows_the_ratio() -> None:
    ratio = estimate_ratio(unknown(5000, 15000), eagerness=EAGERNESS, accuracy=(0.8, 0.9))
    assert 1.2 < ratio.low < 4 / 3 < 3 < ratio.high < 3.2


def test_the_number_of_drawings_narrows_the_ratio() -> None:
    rows = unknown(800, 3000)
    ratio = estimate_ratio(rows, eagerness=EAGERNESS, drawings=10_000)
    # At most 92 % of the guesses can be right if 800 of 10,000 were corrected.
    assert ratio.high == pytest.approx(0.92 / 0.08 * 800 / 3000, rel=0.12)
    assert ratio.high < estimate_ratio(rows, eagerness=EAGERNESS).high


@pytest.mark.parametrize("drawings", [-1, 0, 1, 3799])
def test_fewer_drawings_than_answers_are_ignored(drawings: int) -> None:
    rows = unknown(800, 3000)
    known = estimate_ratio(rows, eagerness=EAGERNESS, drawings=drawings)
    assert known == estimate_ratio(rows, eagerness=EAGERNESS)


def test_a_number_of_drawings_that_contradicts_the_model_is_ignored() -> None:
    rows, accuracy = unknown(1000, 1000), (0.8, 0.9)
    wrong = estimate_ratio(rows, eagerness=EAGERNESS, accuracy=accuracy, drawings=2000)
    assert wrong == estimate_ratio(rows, eagerness=EAGERNESS, accuracy=accuracy)


MARGINS = [(78, False, MARGIN, 1.0), (92, True, MARGIN, 1.0)]
UNASKED = [(12, False, NONE, NO_CHANCE), (96, True, NONE, NO_CHANCE)]


def test_asking_about_small_margins_meets_more_wrong_guesses_than_the_owner_assumed() -> None:
    # Of 1,170 drawings 90 % are guessed right; 9 times 90 corrections over 188 confirmations.
    ratio = estimate_ratio(answers(*MARGINS, *UNASKED), eagerness=EAGERNESS, accuracy=(0.77, 0.94))
    assert ratio.low < 9 * 90 / 188 < EAGERNESS + 0.5 < ratio.high <= MARGIN_EAGERNESS


def test_beside_small_margins_the_number_of_drawings_says_how_many_others_there_are() -> None:
    rows, accuracy = answers(*MARGINS, *UNASKED), (0.77, 0.94)
    known = estimate_ratio(rows, eagerness=EAGERNESS, accuracy=accuracy, drawings=1170)
    unknown = estimate_ratio(rows, eagerness=EAGERNESS, accuracy=accuracy)
    assert known.low < 9 * 90 / 188 < known.high
    assert known.high / known.low < 0.7 * unknown.high / unknown.low


@given(st.integers(-5, 10**12))
def test_no_number_of_drawings_leads_out_of_what_is_possible(drawings: int) -> None:
    rows, accuracy = answers(*MARGINS, *UNASKED), (0.77, 0.94)
    told = estimate_ratio(rows, eagerness=EAGERNESS, accuracy=accuracy, drawings=drawings)
    alone = estimate_ratio(rows, eagerness=EAGERNESS, accuracy=accuracy)
    assert alone.low <= told.low <= told.likely <= told.high <= alone.high


@pytest.mark.parametrize(
    ("audit", "players"), [(0.01, None), (0.05, None), (0.05, 200), (0.2, 200)]
)
def test_the_bounds_hold_the_truth_as_often_as_said(audit: float, players: int | None) -> None:
    rng, held, narrow = np.random.default_rng([7, players or 0]), 0, 0
    for _ in range(GAMES):
        rows = play(rng, 8_000, audit=audit, players=players, corrects=0.3, confirms=0.1)
        ratio = estimate_ratio(rows, eagerness=EAGERNESS, confidence=0.9)
        held += ratio.low <= 3 <= ratio.high
        narrow += ratio.high / ratio.low < EAGERNESS
    assert held >= 0.85 * GAMES
    assert narrow >= 0.9 * GAMES


def test_an_audit_finds_a_ratio_beyond_the_owners_bound() -> None:
    rows = play(np.random.default_rng(1), 60_000, audit=0.2, corrects=0.3, confirms=0.02)
    ratio = estimate_ratio(rows, eagerness=EAGERNESS)
    assert EAGERNESS < ratio.low < 15 < ratio.high


def test_a_few_audit_answers_do_not_widen_what_is_known() -> None:
    rows = answers(
        (100, False, NOT_SAID, NO_CHANCE),
        (300, True, NOT_SAID, NO_CHANCE),
        (1, False, AUDIT, 0.01),
        (4, True, AUDIT, 0.01),
    )
    ratio = estimate_ratio(rows, eagerness=EAGERNESS)
    assert ratio.low >= 1
    assert ratio.high <= EAGERNESS


def test_more_audit_answers_narrow_the_ratio() -> None:
    def width(audit: float) -> float:
        ratio: Ratio = estimate_ratio(
            play(np.random.default_rng(2), 40_000, audit=audit), eagerness=EAGERNESS
        )
        return ratio.high / ratio.low

    assert width(0.3) < width(0.05) < width(0.01) < EAGERNESS


@pytest.mark.parametrize("players", [None, 100])
def test_the_accuracy_is_within_its_bounds_as_often_as_said(players: int | None) -> None:
    rng, held = np.random.default_rng(5), 0
    for _ in range(GAMES):
        accuracy = estimate_accuracy(play(rng, 4_000, audit=0.05, players=players), confidence=0.9)
        assert accuracy is not None
        # A player's skill moves the truth a little: 0.5 in log-odds costs 0.6 points.
        truth = TRUTH - (0.006 if players else 0)
        held += accuracy.low <= truth <= accuracy.high
    assert held >= 0.85 * GAMES


def test_without_chances_the_accuracy_is_not_known() -> None:
    assert estimate_accuracy(unknown(100, 900)) is None
    assert estimate_accuracy(answers((5, True, MARGIN, 1.0))) is None


def test_confirmations_alone_do_not_prove_a_perfect_model() -> None:
    accuracy = estimate_accuracy(answers((30, True, AUDIT, 0.1)))
    assert accuracy is not None
    assert accuracy.low < 0.93 < accuracy.estimate == accuracy.high == 1


def test_one_players_answers_count_as_alike() -> None:
    groups = [(20, False, AUDIT, 0.1), (80, True, AUDIT, 0.1)]
    several = estimate_accuracy(answers(*groups, players=[str(row) for row in range(100)]))
    two = estimate_accuracy(answers(*groups, players=["a"] * 20 + ["b"] * 80))
    assert several is not None
    assert two is not None
    assert two.low < several.low < several.high < two.high


@given(st.floats(0, 1))
def test_a_versions_accuracy_on_players_drawings_is_near_that_on_clean_ones(clean: float) -> None:
    low, high = bound_accuracy(clean)
    assert 0 <= low <= clean <= high <= 1
