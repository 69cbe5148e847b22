"""The limits of doubt: the less the referee knows, the more evidence against a label it needs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.model.head import Floats
from pipeline.screening.limits import (
    CAUGHT_SHARE,
    ENOUGH_ROWS,
    EVIDENCE,
    FEW_ROWS,
    WIDENING,
    compute_chance_loss,
    find_distance_limit,
    find_limits,
    measure_lack,
    sum_evidence,
)
from tests._examples import examples

CLASSES = 20
USUAL = np.linspace(0.05, 0.25, 500, dtype=np.float32)
lacks = st.floats(0, 1)


def make_losses(scale: float) -> Floats:
    return np.linspace(0, scale, 1_000, dtype=np.float32)


def find_alone(losses: Floats, lack: float) -> float:
    """Return the limit for the only correction of a player."""
    return float(find_limits(losses, np.zeros(1), CLASSES, lack)[0])


def sum_of(losses: list[float], players: str, corrects: list[bool] | None = None) -> list[float]:
    marks = np.array(corrects or [True] * len(losses))
    return sum_evidence(
        np.array(losses, np.float32), np.array(list(players)), marks, CLASSES
    ).tolist()


@pytest.mark.parametrize(
    ("rows", "lack"), [(ENOUGH_ROWS, 0), (10 * ENOUGH_ROWS, 0), (FEW_ROWS, 1), (0, 1)]
)
def test_knowledge_is_lacking_with_few_base_rows(rows: int, lack: float) -> None:
    assert measure_lack(rows) == pytest.approx(lack)


@given(rows=st.lists(st.integers(1, 100_000), min_size=2, max_size=2))
def test_with_more_base_rows_no_more_knowledge_is_lacking(rows: list[int]) -> None:
    assert measure_lack(max(rows)) <= measure_lack(min(rows))


@settings(max_examples=examples(20), deadline=None)
@given(scale=st.floats(0.1, 1_000), lack=lacks)
def test_no_more_wrong_labels_are_contradicted_than_promised(scale: float, lack: float) -> None:
    losses = make_losses(scale)
    assert (losses > find_alone(losses, lack)).mean() <= CAUGHT_SHARE + 1e-3


@settings(max_examples=examples(20), deadline=None)
@given(scale=st.floats(0.1, 1_000), lack=lacks)
def test_what_is_contradicted_is_less_likely_than_chance_by_the_evidence_that_is_asked_for(
    scale: float, lack: float
) -> None:
    likeliest = np.exp(-find_alone(make_losses(scale), lack))
    assert likeliest * CLASSES * EVIDENCE**lack <= 1 + 1e-6


def test_a_referee_that_is_sure_catches_what_is_promised_however_few_rows_it_knows() -> None:
    losses = make_losses(1_000)
    for lack in (0, 0.5, 1):
        assert (losses > find_alone(losses, lack)).mean() == pytest.approx(CAUGHT_SHARE, abs=2e-3)


def test_with_enough_rows_chance_is_the_least_limit() -> None:
    assert find_alone(make_losses(1), 0) == compute_chance_loss(CLASSES)


@settings(max_examples=examples(20), deadline=None)
@given(count=st.integers(0, 300), far=st.floats(0, 1), lack=lacks)
def test_the_limit_of_distance_grows_with_a_harvest_and_never_beyond_its_bound(
    count: int, far: float, lack: float
) -> None:
    alone = find_distance_limit(USUAL, np.empty(0, np.float32), lack)
    limit = find_distance_limit(USUAL, np.full(count, far, np.float32), lack)
    assert alone <= limit * (1 + 1e-6) <= WIDENING**lack * alone * (1 + 1e-5)


def test_a_few_far_drawings_hardly_move_the_limit_of_distance() -> None:
    alone = find_distance_limit(USUAL, USUAL, 1)
    with_few = find_distance_limit(USUAL, np.concatenate([USUAL, np.ones(25, np.float32)]), 1)
    assert with_few < 1.05 * alone


def test_where_all_players_draw_otherwise_the_limit_of_distance_follows_if_few_are_known() -> None:
    few, enough = (
        find_distance_limit(USUAL, 1.3 * USUAL, lack) / find_distance_limit(USUAL, USUAL, lack)
        for lack in (1, 0)
    )
    assert few > 1.2
    assert enough == 1


def test_a_single_correction_has_no_evidence_but_its_own() -> None:
    assert sum_of([9, 9, 9], "abc") == [0, 0, 0]


def test_wrong_labels_of_one_player_speak_against_each_other() -> None:
    full = float(np.log(EVIDENCE))
    assert sum_of([9, 9, 0], "aab") == pytest.approx([full, full, 0])


def test_right_labels_of_one_player_speak_for_each_other() -> None:
    assert sum_of([4, 0.1], "aa")[0] < 0


def test_confirmations_neither_speak_for_nor_against_a_player() -> None:
    assert sum_of([4, 0.1, 9], "aaa", [True, False, False])[0] == 0


@settings(max_examples=examples(30), deadline=None)
@given(
    losses=st.lists(st.floats(0, 20), min_size=1, max_size=12),
    number=st.integers(0, 12),
    lack=lacks,
)
def test_right_labels_never_loosen_the_limit_and_wrong_ones_never_lower_it_below_chance(
    losses: list[float], number: int, lack: float
) -> None:
    """So no player gains by sending right labels beside wrong ones: the limit is that of one."""
    wrong = make_losses(1)
    others = np.array(sum_of(losses + [0.0] * number, "a" * (len(losses) + number)))
    limits = find_limits(wrong, others, CLASSES, lack)
    assert (limits <= find_alone(wrong, lack) + 1e-9).all()
    assert (limits >= compute_chance_loss(CLASSES)).all()


def test_with_enough_rows_the_other_corrections_change_nothing() -> None:
    wrong = make_losses(1)
    assert (
        find_limits(wrong, np.array([-5.0, 0.0, 5.0]), CLASSES, 0).tolist()
        == [find_alone(wrong, 0)] * 3
    )
