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

from pipeline.gate.paired import ConfidenceInterval, PlayerTotals, difference_interval
from pipeline.trial.looks import FUTILE_CONFIDENCE, Look, Seen, decide, follow_looks
from pipeline.trial.standing import RatioBounds, TrialEvidence, TrialStanding, Verdict
from pipeline.trial.weights import bound_players, count_bounded, estimate_share, weigh
from pipeline.trial.words import MEANINGS, describe_difference

FEWEST_PLAYERS = 10
"""Players with answers about disagreements, without which nothing is found."""


def judge_trial(
    evidence: TrialEvidence, ratio: RatioBounds, players_margin: float
) -> TrialStanding:
    """Judge the version that is shown to nobody yet: the shadow.

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

    seen, next_look = follow_looks(count_bounded(evidence.players[rows]), see)
    if seen is None:
        now = _measure(evidence, gains, ratio, 0.5)
        nothing_sure = ConfidenceInterval(now.difference.estimate, -1.0, 1.0)
        seen = Seen(nothing_sure, now.share, Verdict.OPEN)
    sentence = _describe(seen, gains[rows], next_look)
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
    differing = evidence.select(some)
    means = []
    for value in ratio:
        weights = weigh(differing.confirmed, differing.chances, value)
        totals: PlayerTotals = bound_players(differing.players, gains[some], weights)
        means.append(difference_interval(totals, confidence))
    share = estimate_share(evidence, ratio)
    low, high = min(mean.low for mean in means), max(mean.high for mean in means)
    estimate = min(mean.estimate for mean in means) * share.estimate
    low *= share.high if low < 0 else share.low
    high *= share.high if high > 0 else share.low
    interval = ConfidenceInterval(estimate, min(low, estimate), max(high, estimate))
    return _Measured(interval, share.estimate)


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
