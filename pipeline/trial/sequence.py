"""Judge a trial, or a release under watch, by drawings on which two models differ.

What is estimated is the difference of two accuracies on all drawings that players make:

    the share of drawings on which the models differ
    x the mean gain of those drawings (1: only the version in question is right; -1: only the other)

Drawings on which both say the same have no gain, whatever is right. So answers about the others
decide, and a game that asks where the models differ needs few answers. The share is only needed to
compare the mean gain with the allowed margin; it is estimated with its doubt.
"""

from itertools import takewhile
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.formatting import format_points
from pipeline.gate.paired import ConfidenceInterval, PlayerTotals, difference_interval
from pipeline.gate.words import describe_interval
from pipeline.trial.looks import Look, plan_looks
from pipeline.trial.standing import RatioBounds, TrialEvidence, TrialStanding, Verdict
from pipeline.trial.weights import bound_players, count_bounded, estimate_share, weigh

BETTER_ERROR = 0.05
"""Chance that one worse by more than the margin is found BETTER, over all looks of a trial."""
WORSE_ERROR = 0.005
"""Chance that an equal one is found WORSE, over all looks of a trial or a watch.

Ten trials and watches in 60 days then raise a false alarm in 5 % of cases at most."""
FUTILE_CONFIDENCE = 0.95
FUTILE_FROM = 200
"""Answers about disagreements before a trial may be found futile."""
FEWEST_PLAYERS = 10


class _Seen(NamedTuple):
    """What one look saw: the mean gain, the share of drawings that differ, and the difference."""

    difference: ConfidenceInterval
    share: float
    verdict: Verdict


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
    """Go through the planned looks that the evidence has reached, up to the first that decides."""
    rows = np.flatnonzero(evidence.differ)
    counts = count_bounded(evidence.players[rows])
    total = counts[-1] if len(counts) else 0.0
    seen, reached, size = None, 0, 0
    for look in takewhile(lambda look: look.size <= total, plan_looks()):
        # The answer that completes this look; those after it do not exist yet.
        last = rows[int(np.searchsorted(counts, look.size))]
        seen = _look(evidence.select(slice(last + 1)), gains[: last + 1], look, ratio, margin)
        reached, size = reached + 1, look.size
        if seen.verdict is not Verdict.OPEN:
            break
    next_look = next(look.size for look in plan_looks() if look.size > size)
    players = len(np.unique(evidence.players[rows]))
    if seen is None:
        _, estimate, share = _measure(evidence, gains, ratio, 0.5)
        seen = _Seen(ConfidenceInterval(estimate, -1.0, 1.0), share, Verdict.OPEN)
    sentence = _describe(seen, len(rows), gains[rows], next_look)
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


def _look(
    evidence: TrialEvidence,
    gains: NDArray[np.float64],
    look: Look,
    ratio: RatioBounds,
    margin: float,
) -> _Seen:
    """Return what a look sees. Both bounds have errors of their own, see `plan_looks`."""
    lower, estimate, share = _measure(evidence, gains, ratio, 1 - BETTER_ERROR * look.better)
    upper, *_ = _measure(evidence, gains, ratio, 1 - WORSE_ERROR * look.worse)
    difference = ConfidenceInterval(estimate, lower.low, upper.high)
    few = len(np.unique(evidence.players[evidence.differ])) < FEWEST_PLAYERS
    if few:
        verdict = Verdict.OPEN
    elif difference.high < 0:
        verdict = Verdict.WORSE
    elif difference.low > -margin and estimate > 0:
        verdict = Verdict.BETTER
    elif (
        look.size >= FUTILE_FROM
        and estimate <= 0
        and _measure(evidence, gains, ratio, FUTILE_CONFIDENCE)[0].high < margin
    ):
        verdict = Verdict.FUTILE
    else:
        verdict = Verdict.OPEN
    return _Seen(difference, share, verdict)


def _measure(
    evidence: TrialEvidence, gains: NDArray[np.float64], ratio: RatioBounds, confidence: float
) -> tuple[ConfidenceInterval, float, float]:
    """Return the interval, the estimate and the share of drawings that differ.

    The interval holds for every ratio between the two ends; the estimate is the lower one.
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
    return interval, estimate, share.estimate


_MEANINGS = {
    Verdict.BETTER: "better",
    Verdict.WORSE: "worse for sure",
    Verdict.FUTILE: "no gain worth waiting for",
}


def _describe(seen: _Seen, disagreements: int, gains: NDArray[np.float64], next_look: int) -> str:
    """Return the standing in words."""
    won, lost = int((gains > 0).sum()), int((gains < 0).sum())
    facts = (
        f"of {disagreements:,} answers about drawings on which the two versions differ, this one"
        f" was right in {won:,} and the other in {lost:,}"
    )
    if seen.difference.low <= -1:
        return f"{facts}; the first look is at {next_look}"
    measured = (
        f"players' drawings: {format_points(seen.difference.estimate)} more as measured,"
        f" {describe_interval(seen.difference)}"
    )
    meaning = _MEANINGS.get(seen.verdict, f"open, the next look is at {next_look:,}")
    return f"{facts}; {measured}: {meaning}"
