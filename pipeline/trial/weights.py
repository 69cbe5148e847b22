"""What one answer of a trial counts: by the chance of being sent, and by its player."""

import numpy as np
from numpy.typing import NDArray

from pipeline.gate.paired import ConfidenceInterval, PlayerTotals, difference_interval
from pipeline.model.answers import Players
from pipeline.trial.standing import RatioBounds, TrialEvidence

ALIKE = 0.2
"""How alike a player's drawings are taken to be: their intraclass correlation.

k answers of one player count as k / (1 + (k - 1) x 0.2), the effective size of such a cluster
(L. Kish, Survey Sampling, 1965). So no player counts more than five answers, who sends hundreds."""
DISAGREEMENT = 3
"""The code of Asked.DISAGREEMENT."""
LEAST_CHANCE = 0.05
"""Smaller chances count as this one when gains are weighed: one answer does not decide all."""
LEAST_CHANCE_OF_SHARE = 0.001
"""The same, when the share of drawings that differ is estimated."""
SHARE_CONFIDENCE = 0.95


def weigh(
    confirmed: NDArray[np.bool_],
    chances: NDArray[np.float32],
    ratio: float,
    least: float = LEAST_CHANCE,
) -> NDArray[np.float64]:
    """Return how many drawings each answer stands for, float64 `(n,)`, in relation to the others.

    Answers with a known chance stand for 1 / chance (D. G. Horvitz and D. J. Thompson, 1952). Of
    the others, a confirmation stands for `ratio` corrections. The two are samples of the same
    drawings: each is normalised by itself, and they count by their effective sizes.
    """
    known = ~np.isnan(chances)
    weights = np.where(confirmed, ratio, 1.0)
    weights[known] = 1 / np.maximum(chances[known], least)
    for group in (known, ~known):
        if group.any():
            values = weights[group]
            # The effective size is sum^2 / sum of squares; the weights are made to sum up to it.
            weights[group] = values * values.sum() / (values**2).sum()
    return weights


def count_bounded(players: Players) -> NDArray[np.float64]:
    """Return how much the answers up to each one count, each player's bounded: float64 `(n,)`.

    Args:
        players: of the answers, in order of arrival.
    """
    _, indices = np.unique(players, return_inverse=True)
    order = np.argsort(indices, kind="stable")
    starts = np.flatnonzero(np.diff(indices[order], prepend=-1))
    earlier = np.empty(len(players), np.float64)
    lengths = np.diff(np.append(starts, len(players)))
    earlier[order] = np.arange(len(players)) - np.repeat(starts, lengths)
    counted: NDArray[np.float64] = np.cumsum(_bound(earlier + 1) - _bound(earlier))
    return counted


def bound_players(
    players: Players, gains: NDArray[np.float64], weights: NDArray[np.float64]
) -> PlayerTotals:
    """Sum up weighted gains and weights by player, each player's bounded.

    Args:
        players: of the answers.
        gains: of the answers, -1 to 1.
        weights: of the answers, above 0.
    """
    _, indices = np.unique(players, return_inverse=True)
    sizes = np.bincount(indices).astype(np.float64)
    factors = _bound(sizes) / np.maximum(sizes, 1)
    return PlayerTotals(
        np.bincount(indices, gains * weights) * factors,
        np.bincount(indices, weights) * factors,
        max(1, round(float((sizes * factors).sum()))) if len(players) else 0,
    )


def estimate_share(evidence: TrialEvidence, ratio: RatioBounds) -> ConfidenceInterval:
    """Return the share of drawings on which the models differ, with bounds, each at 95 %.

    A game that asks because they differ gets other answers only where they agree, but for those
    that it asked about with a known chance: then these alone tell the share. Without any that
    tells it, the share may be anything from 0 to 1.
    """
    known = ~np.isnan(evidence.chances)
    usable = known if (evidence.asked == DISAGREEMENT).any() else np.ones_like(known)
    rows = evidence.select(usable)
    if not len(rows.differ) or rows.differ.all():
        return ConfidenceInterval(1.0, 0.0, 1.0)
    bounds = []
    for value in ratio:
        weights = weigh(rows.confirmed, rows.chances, value, LEAST_CHANCE_OF_SHARE)
        totals = bound_players(rows.players, rows.differ.astype(np.float64), weights)
        bounds.append(difference_interval(totals, SHARE_CONFIDENCE))
    estimate = sum(bound.estimate for bound in bounds) / len(bounds)
    return ConfidenceInterval(
        estimate,
        max(0.0, min(bound.low for bound in bounds)),
        max(bound.high for bound in bounds),
    )


def _bound(sizes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what so many answers of one player count."""
    counted: NDArray[np.float64] = sizes / (1 + np.maximum(sizes - 1, 0) * ALIKE)
    return counted
