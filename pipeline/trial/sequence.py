"""Judge a trial, or a release under watch, by drawings on which two models differ.

What is estimated is the difference of two accuracies on all drawings that players make:

    the share of drawings on which the models differ
    x the mean gain of those drawings (1: only the version in question is right; -1: only the other)

Drawings on which both say the same have no gain, whatever is right. So answers about the others
decide, and a game that asks where the models differ needs few answers. The share is only needed to
compare the mean gain with the allowed margin; it is estimated with its doubt.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.gate.paired import ConfidenceInterval, difference_interval
from pipeline.trial.looks import FUTILE_CONFIDENCE, Look, Seen, decide, follow_looks
from pipeline.trial.standing import RatioBounds, TrialEvidence, TrialStanding, Verdict
from pipeline.trial.weights import bound_players, count_bounded, estimate_share, weigh_differing
from pipeline.trial.words import MEANINGS, describe_difference

FEWEST_PLAYERS = 10
"""Players with answers about disagreements, without which nothing is found."""


def judge_trial(
    evidence: TrialEvidence, ratio: RatioBounds, players_margin: float
) -> TrialStanding:
    """Judge the version that no player is shown yet: the shadow.

    Args:
        evidence: the fresh answers.
        ratio: how readily players correct and confirm without being asked.
        players_margin: the accuracy that a better one may lose at most, as a share.
    """
    gains = evidence.shadow_right.astype(np.float64) - evidence.shown_right
    return _judge(evidence, gains, ratio, players_margin)


def judge_watch(
    evidence: TrialEvidence, ratio: RatioBounds, players_margin: float
) -> TrialStanding:
    """Judge the release that is shown to all, against the previous version as its shadow.

    Verdict WORSE: it should be rolled back. Arguments as for `judge_trial`.
    """
    gains = evidence.shown_right.astype(np.float64) - evidence.shadow_right
    return _judge(evidence, gains, ratio, players_margin)


def _judge(
    evidence: TrialEvidence, gains: NDArray[np.float64], ratio: RatioBounds, margin: float
) -> TrialStanding:
    """Take the looks that the evidence has reached, and describe what they saw."""
    rows = np.flatnonzero(evidence.differ)
    players = len(np.unique(evidence.players[rows]))

    def see(index: int, look: Look) -> Seen:
        until = slice(rows[index] + 1)
        return _see(evidence.select(until), gains[until], look, ratio, margin)

    seen, next_look, counted = follow_looks(count_bounded(evidence.players[rows]), see)
    if seen is None:
        now = _measure(evidence, gains, ratio, 0.5)
        nothing_sure = ConfidenceInterval(now.difference.estimate, -1.0, 1.0)
        seen = Seen(nothing_sure, now.share, Verdict.OPEN)
    sentence = _describe(seen, gains[rows[:counted]], next_look)
    return TrialStanding(
        seen.verdict,
        *seen.difference,
        seen.share,
        len(gains),
        len(rows),
        players,
        next_look,
        sentence,
    )


def _see(
    evidence: TrialEvidence,
    gains: NDArray[np.float64],
    look: Look,
    ratio: RatioBounds,
    margin: float,
) -> Seen:
    """Return what one look sees. Each bound has its own level, see `pipeline/trial/looks.py`."""
    lower, share = _measure(evidence, gains, ratio, 1 - look.better)
    upper = _measure(evidence, gains, ratio, 1 - look.worse).difference.high
    difference = ConfidenceInterval(lower.estimate, lower.low, upper)

    def most_gain() -> float:
        return _measure(evidence, gains, ratio, FUTILE_CONFIDENCE).difference.high

    few = len(np.unique(evidence.players[evidence.differ])) < FEWEST_PLAYERS
    verdict = Verdict.OPEN if few else decide(look, difference, margin, most_gain)
    return Seen(difference, share, verdict)


def _measure(
    evidence: TrialEvidence, gains: NDArray[np.float64], ratio: RatioBounds, confidence: float
) -> "_Measured":
    """Return the difference, which holds for every ratio between both ends, as does its estimate.

    The estimate is that of the two which is lower.
    """
    some = evidence.differ
    players, means = evidence.players[some], []
    for value in ratio:
        totals = bound_players(players, gains[some], weigh_differing(evidence, value))
        means.append(difference_interval(totals, confidence))
    mean = ConfidenceInterval(
        min(mean.estimate for mean in means),
        min(mean.low for mean in means),
        max(mean.high for mean in means),
    )
    share = estimate_share(evidence, ratio)
    return _Measured(_multiply(share, mean), share.estimate)


def _multiply(share: ConfidenceInterval, mean: ConfidenceInterval) -> ConfidenceInterval:
    """Return the product of a share, 0 to 1, and a mean, -1 to 1, with bounds of the mean's level.

    The doubts of both are squared and added, each times the other factor (method of variance
    estimates recovery; G. Y. Zou and A. Donner, Statistical Methods in Medical Research 17, 2008).
    So where the mean is near 0, the doubt about the share hardly counts. The product has the sign
    of the mean, so it is as sure as that of the mean.
    """
    estimate = share.estimate * mean.estimate
    # The share that makes the product lower, and the one that makes it higher.
    lower, higher = (share.low, share.high) if mean.estimate > 0 else (share.high, share.low)
    low = estimate - np.hypot(
        share.estimate * (mean.estimate - mean.low), mean.estimate * (share.estimate - lower)
    )
    high = estimate + np.hypot(
        share.estimate * (mean.high - mean.estimate), mean.estimate * (higher - share.estimate)
    )
    if mean.low >= 0:
        low = max(low, mean.low * share.low)
    if mean.high < 0:
        high = min(high, mean.high * share.low)
    return ConfidenceInterval(estimate, float(max(-1.0, low)), float(min(1.0, high)))


class _Measured(NamedTuple):
    """The difference of accuracies, and the share of drawings on which the models differ."""

    difference: ConfidenceInterval
    share: float


def _describe(seen: Seen, gains: NDArray[np.float64], next_look: int) -> str:
    """Return the standing in words."""
    won, lost = int((gains > 0).sum()), int((gains < 0).sum())
    facts = (
        f"of {len(gains):,} answers about drawings on which the two versions differ, this one"
        f" was right in {won:,} and the other in {lost:,}"
    )
    if seen.difference.low <= -1:
        return f"{facts}; the first look is at {next_look}"
    measured = describe_difference(seen.difference)
    meaning = MEANINGS.get(seen.verdict, f"open, the next look is at {next_look:,}")
    return f"{facts}; {measured}: {meaning}"
