"""Estimate from answers with known chances how many of all its guesses a version gets right."""

from math import fsum
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from pipeline.sampling.rows import AnswerRows, divide_answers, find_certain
from pipeline.sampling.weights import LEAST_CHANCE

CLEAN_AHEAD = 0.15
"""Players' drawings may be recognised so much worse than clean ones, as a share.

Measured with real drawings: 2 points worse as canvases, 8 where all canvases are slanted."""
CLEAN_BEHIND = 0.02
"""Or so much better."""


class Accuracy(NamedTuple):
    """An accuracy on all drawings of players: an estimate and its two bounds, 0 to 1."""

    low: float
    estimate: float
    high: float


def bound_accuracy(clean: float) -> tuple[float, float]:
    """Return between what a version's accuracy on players' drawings can be.

    Args:
        clean: its accuracy on the base's test split, 0 to 1.
    """
    return max(0.0, clean - CLEAN_AHEAD), min(1.0, clean + CLEAN_BEHIND)


def limit_accuracy(
    accuracy: tuple[float, float], rows: AnswerRows, drawings: int | None, eagerness: float
) -> tuple[float, float]:
    """Return the range of the accuracy that the number of drawings leaves, if it can be right.

    No more guesses were right than were not corrected, and no fewer than were confirmed. Of the
    drawings that the game asks about each time the answers are known. The number says how many
    others there are, and 1 to `eagerness` what share of those was right.
    """
    answers = len(rows.confirmed)
    if drawings is None or not answers or drawings < answers:
        return accuracy
    confirmed = int(np.count_nonzero(rows.confirmed))
    low, high = confirmed / drawings, 1 - (answers - confirmed) / drawings
    certain = find_certain(rows)
    if certain.any():
        known = np.count_nonzero(certain & rows.confirmed)
        others = drawings - np.count_nonzero(certain)
        right, wrong = (
            np.count_nonzero(~certain & kind) + 0.5 for kind in (rows.confirmed, ~rows.confirmed)
        )
        least, most = (ratio * right / (ratio * right + wrong) for ratio in (1.0, eagerness))
        low = max(low, (known + others * least) / drawings)
        high = min(high, (known + others * most) / drawings)
    low, high = max(accuracy[0], low), min(accuracy[1], high)
    return (low, high) if low <= high else accuracy


def estimate_accuracy(
    rows: AnswerRows, *, confidence: float = 0.95, least_chance: float = LEAST_CHANCE
) -> Accuracy | None:
    """Return the accuracy of the guesses, by the answers with known chances; None without any.

    Two made-up answers, one that corrects and one that confirms, each with the largest weight, are
    added for the bounds. Without them the interval would have no width if all answers confirmed
    (A. Agresti and B. A. Coull, "Approximate is better than 'exact' for interval estimation of
    binomial proportions", The American Statistician 52, 1998). The variance is one between
    players, as one player's drawings are alike.

    Args:
        rows: the answers.
        confidence: the probability, 0 to 1, with which the bounds hold the truth.
        least_chance: smaller chances count as this one.
    """
    known = divide_answers(rows).chosen
    if not known.any():
        return None
    weights = np.zeros(len(known))
    weights[known] = 1 / np.maximum(rows.chances[known].astype(np.float64), least_chance)
    total, heaviest = fsum(weights), float(weights.max())
    right = fsum(weights[rows.confirmed])
    centre = (right + heaviest) / (total + 2 * heaviest)
    errors = rows.sum_by_player(weights * (rows.confirmed - centre))
    squares = fsum(errors**2) + heaviest**2 * ((1 - centre) ** 2 + centre**2)
    doubt = float(ndtri((1 + confidence) / 2)) * squares**0.5 / (total + 2 * heaviest)
    estimate = right / total
    return Accuracy(
        max(0.0, min(centre - doubt, estimate)), estimate, min(1.0, max(centre + doubt, estimate))
    )
