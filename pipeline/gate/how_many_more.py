"""Estimate how many more answers would decide about a challenger that is held."""

import math

from scipy.special import ndtri

from pipeline.gate.paired import ConfidenceInterval

POWER = 0.8  # the probability that as many more answers as asked for will decide
MIN_TO_ASK_FOR, MAX_TO_ASK_FOR = 10, 100_000


def estimate_more_answers(
    interval: ConfidenceInterval, allowed_doubt: float, rows: int, confidence: float
) -> tuple[int | None, str]:
    """Return about how many more answers would decide, and a sentence that says so.

    The doubt (the distance from the estimate to a bound) is a quantile times the standard error,
    so it shrinks with the root of the number of rows. To decide with a probability of POWER, the
    effect must be as large as the sum of two quantiles times the standard error: that of the
    confidence, and that of POWER, because the next estimate may be lower by chance.

    Args:
        interval: the difference on players' drawings.
        allowed_doubt: the largest distance to the lower bound with which the check is passed; 0 or
            below: however small the doubt is, the check is not passed.
        rows: the number of answers so far.
        confidence: with which each bound holds.
    """
    if allowed_doubt > 0:
        effect, doubt, purpose = allowed_doubt, interval.estimate - interval.low, "to promote it"
    else:
        effect, doubt = -interval.estimate, interval.high - interval.estimate
        purpose = "to show that it is worse"
    # With a confidence below POWER the quantile may be 0, so that of POWER is used instead.
    quantiles = 1 + ndtri(POWER) / ndtri(max(confidence, POWER))
    number = rows * ((doubt / effect * quantiles) ** 2 - 1) if effect > 0 else math.inf
    if number > MAX_TO_ASK_FOR:
        return None, (
            f"more than {MAX_TO_ASK_FOR:,} further answers would be needed: for players both"
            " models are equally good"
        )
    more = _round_up(max(number, MIN_TO_ASK_FOR))
    return more, (
        f"about {more:,} more answers, from other players too, would be enough {purpose} if they"
        " go as these did"
    )


def _round_up(number: float) -> int:
    """Round up to two significant digits, as the estimate is no better than that."""
    unit = 10 ** max(0, math.floor(math.log10(number)) - 1)
    return int(math.ceil(number / unit) * unit)
