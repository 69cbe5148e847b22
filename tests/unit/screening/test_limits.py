"""The limits of doubt: wrong labels are over them; honest ones are spared where little is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.model.head import Floats, log_softmax
from pipeline.screening.limits import (
    CAUGHT_SHARE,
    HONEST_SHARE,
    LEAST_CAUGHT_SHARE,
    MOST_WIDENING,
    compute_chance_loss,
    find_distance_limit,
    find_honest_loss,
    find_limit,
    label_losses,
    other_label_losses,
)
from tests._examples import examples

CLASSES, ROWS = 20, 2_000


def guess(sureness: float, seed: int = 0) -> Floats:
    """Return log-probabilities of drawings; the higher the sureness, the more is known."""
    rng = np.random.default_rng(seed)
    scores = sureness * rng.standard_normal((ROWS, CLASSES))
    return log_softmax(scores.astype(np.float32))


def draw_honest_labels(log_probabilities: Floats, seed: int = 1) -> np.ndarray:
    """Draw each label with the probability that it has."""
    rng = np.random.default_rng(seed)
    below = np.exp(log_probabilities).cumsum(axis=1) < rng.random((ROWS, 1))
    return np.minimum(below.sum(axis=1), CLASSES - 1).astype(np.uint8)


@settings(max_examples=examples(20), deadline=None)
@given(sureness=st.floats(0.5, 12), seed=st.integers(0, 99))
def test_the_share_of_caught_wrong_labels_is_between_its_bounds_or_the_limit_is_chance(
    sureness: float, seed: int
) -> None:
    known = guess(sureness, seed)
    labels = draw_honest_labels(known, seed)
    limit = find_limit(known, labels)
    caught = (other_label_losses(known, labels) > limit).mean()
    assert limit >= compute_chance_loss(CLASSES)
    assert caught <= CAUGHT_SHARE + 1e-3
    assert caught >= LEAST_CAUGHT_SHARE - 1e-3 or limit == compute_chance_loss(CLASSES)


def test_a_referee_that_knows_much_lets_as_few_wrong_labels_pass_as_promised() -> None:
    known = guess(12)
    labels = draw_honest_labels(known)
    caught = other_label_losses(known, labels) > find_limit(known, labels)
    assert caught.mean() == pytest.approx(CAUGHT_SHARE, abs=1e-3)


def test_a_referee_that_knows_little_spares_the_honest() -> None:
    known = guess(3.5)
    labels = draw_honest_labels(known)
    wrong = other_label_losses(known, labels)
    for_the_wrong_alone = np.quantile(wrong, 1 - CAUGHT_SHARE)
    losses, limit = label_losses(known, labels), find_limit(known, labels)
    assert (losses > for_the_wrong_alone).mean() > 2 * HONEST_SHARE
    assert limit > for_the_wrong_alone
    assert (losses > limit).mean() < (losses > for_the_wrong_alone).mean()


@settings(max_examples=examples(20), deadline=None)
@given(share=st.floats(0.005, 0.2), sureness=st.floats(0.5, 6))
def test_so_many_honest_labels_as_foretold_exceed_the_honest_loss(
    share: float, sureness: float
) -> None:
    known = guess(sureness)
    losses = label_losses(known, draw_honest_labels(known))
    error = 5 * np.sqrt(share / ROWS)
    assert (losses > find_honest_loss(known, share)).mean() == pytest.approx(share, abs=error)


@settings(max_examples=examples(20), deadline=None)
@given(count=st.integers(0, 300), far=st.floats(0, 1))
def test_the_limit_of_distance_grows_with_a_harvest_and_never_beyond_its_bound(
    count: int, far: float
) -> None:
    usual = np.linspace(0.05, 0.25, 500, dtype=np.float32)
    alone = find_distance_limit(usual, np.empty(0, np.float32))
    limit = find_distance_limit(usual, np.full(count, far, np.float32))
    assert alone <= limit * (1 + 1e-6) <= MOST_WIDENING * alone * (1 + 1e-5)


def test_a_few_far_drawings_hardly_move_the_limit_of_distance() -> None:
    usual = np.linspace(0.05, 0.25, 500, dtype=np.float32)
    alone = find_distance_limit(usual, usual)
    with_few = find_distance_limit(usual, np.concatenate([usual, np.ones(25, np.float32)]))
    assert with_few < 1.05 * alone


def test_where_all_players_draw_otherwise_the_limit_of_distance_follows() -> None:
    usual = np.linspace(0.05, 0.25, 500, dtype=np.float32)
    assert find_distance_limit(usual, 1.3 * usual) > 1.2 * find_distance_limit(usual, usual)
