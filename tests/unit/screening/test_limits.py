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
    MOST_LACKING,
    WIDENING,
    compute_chance_loss,
    find_distance_limit,
    find_limit,
    measure_lack,
)
from tests._examples import examples

CLASSES = 20
USUAL = np.linspace(0.05, 0.25, 500, dtype=np.float32)
lacks = st.floats(0, MOST_LACKING)


def make_losses(scale: float) -> Floats:
    return np.linspace(0, scale, 1_000, dtype=np.float32)


@pytest.mark.parametrize(
    ("rows", "lack"), [(ENOUGH_ROWS, 0), (10 * ENOUGH_ROWS, 0), (FEW_ROWS, 1), (0, MOST_LACKING)]
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
    assert (losses > find_limit(losses, CLASSES, lack)).mean() <= CAUGHT_SHARE + 1e-3


@settings(max_examples=examples(20), deadline=None)
@given(scale=st.floats(0.1, 1_000), lack=lacks)
def test_what_is_contradicted_is_less_likely_than_chance_by_the_evidence_that_is_asked_for(
    scale: float, lack: float
) -> None:
    likeliest = np.exp(-find_limit(make_losses(scale), CLASSES, lack))
    assert likeliest * CLASSES * EVIDENCE**lack <= 1 + 1e-6


def test_a_referee_that_is_sure_catches_what_is_promised_however_few_rows_it_knows() -> None:
    losses = make_losses(1_000)
    for lack in (0, 1, MOST_LACKING):
        assert (losses > find_limit(losses, CLASSES, lack)).mean() == pytest.approx(
            CAUGHT_SHARE, abs=2e-3
        )


def test_with_enough_rows_chance_is_the_least_limit() -> None:
    assert find_limit(make_losses(1), CLASSES, 0) == compute_chance_loss(CLASSES)


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
