"""Estimate how much more readily players correct a wrong guess than they confirm a right one."""

from math import exp, fsum, log
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from pipeline.sampling.accuracy import Accuracy, estimate_accuracy, limit_accuracy
from pipeline.sampling.rows import AnswerRows, divide_answers, find_certain

MARGIN_EAGERNESS = 10.0
"""A game that asks about small margins meets a wrong guess at most so many times as readily.

Measured with real drawings: of such guesses 54 % are right, of all 90 %, which is 7.4 times."""
MOST_SURE = 1e-6
"""No accuracy is nearer to 0 or 1 than this, so that its odds stay finite."""


class Ratio(NamedTuple):
    """How many times as readily players correct a wrong guess as they confirm a right one.

    A fit uses `likely`; a decision must hold for `low` and for `high`. All are above 0.
    """

    low: float
    likely: float
    high: float


def estimate_ratio(
    rows: AnswerRows,
    *,
    eagerness: float,
    accuracy: tuple[float, float] = (0.0, 1.0),
    drawings: int | None = None,
    confidence: float = 0.95,
) -> Ratio:
    """Return the ratio of the answers whose chances are not known, with its doubt.

    Of n drawings with accuracy a, players correct n (1 - a) r and confirm n a s. So the ratio r / s
    is the odds of the accuracy, a / (1 - a), times corrections / confirmations. The accuracy is
    known

    - from the answers with known chances, if there are any, as an estimate with bounds. Then the
      ratio is not limited;
    - otherwise as a range: that of `accuracy`, and of the number of drawings, as no more can have
      been corrected than were wrong, nor confirmed than were right. Then the ratio stays from 1 to
      `eagerness`, so a wrong number can do no harm beyond that.

    Answers with known chances that are too few to say more than 1 to `eagerness` does only narrow
    that range. Where a game asks about small margins and has no audit, all its answers together
    are meant, and `eagerness` is at least MARGIN_EAGERNESS.

    Args:
        rows: answers to guesses of one version.
        eagerness: the highest ratio if nothing more is known, at least 1.
        accuracy: between what the version's accuracy on players' drawings can be, 0 to 1.
        drawings: how many drawings it guessed while these answers were given, if the game says
            so; a number below that of the answers is ignored.
        confidence: the probability, 0 to 1, with which the bounds hold the truth.
    """
    counts = _Counts.of(rows, confidence)
    bounds = limit_accuracy(accuracy, rows, drawings, eagerness)
    measured = estimate_accuracy(rows, confidence=confidence)
    if measured is None and find_certain(rows).any():
        eagerness = max(eagerness, MARGIN_EAGERNESS)
    assumed = Ratio(1.0, eagerness**0.5, eagerness)
    if measured is not None:
        by_sample = _measure(measured, bounds, counts)
        if by_sample.high / by_sample.low <= eagerness:
            return by_sample
        return _intersect(by_sample, assumed) or by_sample
    low = log(counts.quotient) + _log_odds(bounds[0]) - counts.doubt
    high = log(counts.quotient) + _log_odds(bounds[1]) + counts.doubt
    within = [float(np.clip(exp(end), 1.0, eagerness)) for end in (low, high)]
    return Ratio(within[0], (within[0] * within[1]) ** 0.5, within[1])


class _Counts(NamedTuple):
    """The corrections over the confirmations, and by how much its logarithm may be off."""

    quotient: float
    doubt: float

    @classmethod
    def of(cls, rows: AnswerRows, confidence: float) -> "_Counts":
        """Count the answers whose chances are not known.

        Half an answer is added to each kind, so that none is 0 (J. B. S. Haldane, "The estimation
        and significance of the logarithm of a ratio of frequencies", Annals of Human Genetics 20,
        1956). The variance is one between players, and at least that of independent answers.
        """
        unknown = divide_answers(rows).unknown
        corrections = np.count_nonzero(unknown & ~rows.confirmed) + 0.5
        confirmations = np.count_nonzero(unknown & rows.confirmed) + 0.5
        shares = np.where(rows.confirmed, -1 / confirmations, 1 / corrections)
        by_player = fsum(rows.sum_by_player(np.where(unknown, shares, 0.0)) ** 2)
        variance = max(by_player, 1 / corrections + 1 / confirmations)
        quantile = float(ndtri((1 + confidence) / 2))
        return cls(corrections / confirmations, quantile * variance**0.5)


def _measure(measured: Accuracy, bounds: tuple[float, float], counts: _Counts) -> Ratio:
    """Return the ratio by a measured accuracy.

    The errors of the accuracy and of the counts are independent, so their squares add up.
    """
    ends = [_log_odds(end) for end in measured]
    if measured.low <= bounds[1] and bounds[0] <= measured.high:
        ends = [min(max(end, _log_odds(bounds[0])), _log_odds(bounds[1])) for end in ends]
    low, likely, high = ends
    middle = likely + log(counts.quotient)
    return Ratio(
        exp(middle - ((likely - low) ** 2 + counts.doubt**2) ** 0.5),
        exp(middle),
        exp(middle + ((high - likely) ** 2 + counts.doubt**2) ** 0.5),
    )


def _intersect(one: Ratio, other: Ratio) -> Ratio | None:
    """Return what two ranges have in common; None if nothing."""
    low, high = max(one.low, other.low), min(one.high, other.high)
    return Ratio(low, min(max(one.likely, low), high), high) if low <= high else None


def _log_odds(share: float) -> float:
    """Return log(share / (1 - share)), finite."""
    share = min(max(share, MOST_SURE), 1 - MOST_SURE)
    return log(share / (1 - share))
