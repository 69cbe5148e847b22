"""What one answer of a trial counts: by the chance of being sent, and by its player."""

import numpy as np
from numpy.typing import NDArray

from pipeline.gate.paired import ConfidenceInterval, PlayerTotals, difference_interval
from pipeline.model.answers import Players
from pipeline.records.corrections import ASKED_CODES, Asked
from pipeline.sampling.rows import AnswerRows
from pipeline.sampling.weights import LEAST_CHANCE, weigh_answers
from pipeline.trial.standing import RatioBounds, TrialEvidence

ALIKE = 0.2
"""How alike a player's drawings are taken to be: their intraclass correlation.

k answers of one player count as k / (1 + (k - 1) x 0.2), the effective size of such a cluster
(L. Kish, Survey Sampling, 1965). So no player counts more than five answers, who sends hundreds."""
SHARE_CONFIDENCE = 0.95
LEAST_SHARE = 1e-4
"""Two versions differ on at least so many drawings."""


def weigh_differing(evidence: TrialEvidence, ratio: float) -> NDArray[np.float64]:
    """Return how many drawings each answer about a disagreement stands for, in relation.

    If the game asks because the two differ, it asks about all such drawings, each time: these
    answers count the same. Answers of clients that know nothing of the trial are another sample of
    the same drawings; each sample is normalised by itself, and they count by their effective sizes.
    Otherwise all answers together tell what each stands for, see `pipeline.sampling`.

    Args:
        evidence: all answers.
        ratio: how many times as readily players correct a wrong guess as they confirm a right one.

    Returns:
        float64, one for each answer with `differ`, in their order.
    """
    if not _asks_for_disagreements(evidence):
        return _weigh_all(evidence, ratio)[evidence.differ]
    differing = evidence.select(evidence.differ)
    known = _has_chance(differing)
    weights = np.where(differing.confirmed, ratio, 1.0)
    weights[known] = 1 / np.maximum(differing.chances[known], LEAST_CHANCE)
    for group in (known, ~known):
        values = weights[group]
        # Made to sum up to the effective size.
        weights[group] = values * values.sum() / max((values**2).sum(), 1e-9)
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

    If the game asks because they differ, unasked answers come only from where they
    agree. Then only answers with a known chance tell the share, and without any from where they
    agree, it may be anything up to 1.
    """
    if _asks_for_disagreements(evidence):
        rows = evidence.select(_has_chance(evidence))
        both = [1 / np.maximum(rows.chances, LEAST_CHANCE).astype(np.float64)]
    else:
        rows = evidence
        both = [_weigh_all(evidence, value) for value in ratio]
    if not len(rows.differ) or rows.differ.all():
        return ConfidenceInterval(1.0, LEAST_SHARE, 1.0)
    bounds = [
        difference_interval(
            bound_players(rows.players, rows.differ.astype(np.float64), weights), SHARE_CONFIDENCE
        )
        for weights in both
    ]
    return ConfidenceInterval(
        sum(bound.estimate for bound in bounds) / len(bounds),
        max(LEAST_SHARE, min(bound.low for bound in bounds)),
        max(bound.high for bound in bounds),
    )


def _asks_for_disagreements(evidence: TrialEvidence) -> bool:
    return bool((evidence.asked == ASKED_CODES[Asked.DISAGREEMENT]).any())


def _has_chance(evidence: TrialEvidence) -> NDArray[np.bool_]:
    """Return whether each was asked for with a known chance, bool `(n,)`."""
    known: NDArray[np.bool_] = ~np.isnan(evidence.chances) & (
        evidence.asked != ASKED_CODES[Asked.NONE]
    )
    return known


def _weigh_all(evidence: TrialEvidence, ratio: float) -> NDArray[np.float64]:
    """Return what each answer stands for among all drawings, float64 `(n,)`."""
    rows = AnswerRows(evidence.confirmed, evidence.chances, evidence.asked, evidence.players)
    return weigh_answers(rows, ratio).astype(np.float64)


def _bound(sizes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what so many answers of one player count."""
    counted: NDArray[np.float64] = sizes / (1 + np.maximum(sizes - 1, 0) * ALIKE)
    return counted
