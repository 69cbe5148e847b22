"""Detect drift: players correct the champion more often than right after its release.

The time since the release is cut into windows of one length. Each window is compared once, when it
is over, with the first one. This module only computes: counts in, a result with a sentence out.

There are two difficulties. Rates differ by chance, so the counts go through Fisher's exact test.
And a test that is repeated every day gives a false alarm sooner or later, however strict it is. So
all tests share one probability of a false alarm (alpha spending): the test of window n gets
FALSE_ALARMS / (n (n + 1)). These shares sum to FALSE_ALARMS over n = 1, 2, 3 and so on without end.
By the union bound, the probability of any false alarm in the champion's whole life is at most that.
"""

from math import exp, fsum, lgamma
from typing import NamedTuple

from pipeline.formatting import format_percent
from pipeline.records.corrections import Answers

FALSE_ALARMS = 0.01
"""The probability that a champion whose correction rate never rises causes a run, ever."""
ANSWERS_PER_TRIAL = 3
"""This number of answers counts as one independent trial, as one player's answers are alike.

`python -m benchmarks.drift` measures the false alarms with such players."""
FEWEST_ANSWERS = 100  # in each of the two windows


class Drift(NamedTuple):
    """The result of comparing two windows.

    rising: whether the correction rate has risen.
    sentence: the rates, for the owner, whether they rise or not.
    """

    rising: bool
    sentence: str


def detect_drift(version: str, first: Answers, recent: Answers, window: int, rise: float) -> Drift:
    """Compare a window with the first one after the release of `version`.

    The correction rate has risen if it is at least `rise` higher, and if Fisher's exact test
    (one-sided) finds that this is not chance. Without confirmations in both windows there is no
    rate to compare: old clients send only corrections.

    Args:
        version: the champion.
        first: the answers of window 0.
        recent: the answers of the window `window`.
        window: its number, at least 1.
        rise: the smallest rise that matters, a share from 0 to 1.
    """
    unknown = f"whether {version} is corrected more often than at first is not known"
    if not (first.confirmations and recent.confirmations):
        return Drift(False, f"{unknown}: no confirmations were sent")
    if min(first.total, recent.total) < FEWEST_ANSWERS:
        return Drift(
            False,
            f"{unknown}: {recent.total} answers lately, {first.total} at first, "
            f"{FEWEST_ANSWERS} are needed of each",
        )
    sentence = (
        f"{version} is corrected in {format_percent(recent.rate, 0)} of {recent.total} answers, "
        f"right after its release in {format_percent(first.rate, 0)} of {first.total}"
    )
    if recent.rate - first.rate < rise:
        return Drift(False, sentence)
    alpha = FALSE_ALARMS / (window * (window + 1))
    return Drift(_compute_p_value(first, recent) <= alpha, sentence)


def _compute_p_value(first: Answers, recent: Answers) -> float:
    """Return the p-value of Fisher's exact test that the recent rate is not higher, 0 to 1.

    Suppose both windows have one rate. Then which of all the answers are the corrections is a
    random draw, so the number of corrections in the recent window is hypergeometric. The p-value
    is the probability of the observed number or more. Logarithms of factorials keep the large
    binomials within the range of a float.

    It is computed here because importing scipy.stats takes longer than the rest of a check.
    """
    trials_recent = recent.total // ANSWERS_PER_TRIAL
    trials_first = first.total // ANSWERS_PER_TRIAL
    # Rounded down in the recent window and up in the first one: in doubt there is no drift.
    observed = recent.corrections // ANSWERS_PER_TRIAL
    corrections = min(
        observed + -(-first.corrections // ANSWERS_PER_TRIAL), trials_first + trials_recent
    )
    log_all = _log_binomial(trials_first + trials_recent, corrections)
    return fsum(
        exp(
            _log_binomial(trials_recent, count)
            + _log_binomial(trials_first, corrections - count)
            - log_all
        )
        for count in range(
            max(observed, corrections - trials_first), min(trials_recent, corrections) + 1
        )
    )


def _log_binomial(n: int, k: int) -> float:
    """Return the natural logarithm of the binomial coefficient: n choose k."""
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
