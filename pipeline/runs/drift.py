"""Whether players correct the champion more often than right after its release. Pure: counts in, a finding with a sentence out.

The time since the release is cut into windows of one length. Each is compared once, when it is over, with the first. The
probability of a false alarm is shared out over all windows there will ever be, so that it holds for the champion's whole life.
"""

from math import exp, fsum, lgamma
from typing import NamedTuple

from pipeline.formatting import format_percent
from pipeline.records.corrections import Answers

FALSE_ALARMS = 0.01
"""The probability that a champion whose rate never rises causes a run, ever; window n gets its share / (n (n + 1))."""
ALIKE = 3
"""So many answers count as one: those of one player are alike. `python -m benchmarks.drift` shows what that is good for."""
FEWEST_ANSWERS = 100  # in each of the two windows


class Drift(NamedTuple):
    """What two windows show. `sentence` is for the owner, whether the rate rises or not."""

    rising: bool
    sentence: str


def detect_drift(version: str, first: Answers, recent: Answers, window: int, rise: float) -> Drift:
    """Compares the window `window`, counted from 0, with the first after the release of `version`.

    The correction rate rises when it is at least `rise` (a share) higher, and Fisher's exact test, one-sided, calls that no
    chance. Without confirmations in both windows there is no rate.
    """
    if not (first.confirmations and recent.confirmations):
        return Drift(
            False,
            f"whether {version} is corrected more often than at first is not known: no confirmations were sent",
        )
    if min(first.total, recent.total) < FEWEST_ANSWERS:
        found = f"{recent.total} answers lately, {first.total} at first, {FEWEST_ANSWERS} are needed of each"
        return Drift(
            False, f"whether {version} is corrected more often than at first is not known: {found}"
        )
    sentence = (
        f"{version} is corrected in {format_percent(recent.rate, 0)} of {recent.total} answers, "
        f"right after its release in {format_percent(first.rate, 0)} of {first.total}"
    )
    if recent.rate - first.rate < rise:
        return Drift(False, sentence)
    return Drift(_chance(first, recent) <= FALSE_ALARMS / (window * (window + 1)), sentence)


def _chance(first: Answers, recent: Answers) -> float:
    """The probability of so many corrections in the recent window, or more, if both have one rate: a hypergeometric tail.

    By hand, as the import of scipy.stats takes longer than all else that a check does.
    """
    hits, later, earlier = recent.corrections // ALIKE, recent.total // ALIKE, first.total // ALIKE
    every = min(hits + -(-first.corrections // ALIKE), earlier + later)
    chosen = range(max(hits, every - earlier), min(later, every) + 1)
    ways = (_log_ways(later, each) + _log_ways(earlier, every - each) for each in chosen)
    return fsum(exp(each - _log_ways(earlier + later, every)) for each in ways)


def _log_ways(of: int, chosen: int) -> float:
    """The logarithm of the number of ways to choose `chosen` of `of`."""
    return lgamma(of + 1) - lgamma(chosen + 1) - lgamma(of - chosen + 1)
