"""Judge a canary: compare how often players of two arms correct the guesses that they are shown.

One arm is shown the version in question, the other the release. Players belong to an arm by a hash
of their ids, so both arms draw alike, and correct and confirm alike. Where the version is better,
fewer of its guesses are wrong, so fewer of the answers are corrections. This needs no guesses by
Redraw, but far more answers than comparing both versions on the same drawings.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.formatting import format_percent
from pipeline.gate.paired import ConfidenceInterval, difference_interval
from pipeline.model.answers import Players
from pipeline.sampling.rows import AnswerRows
from pipeline.sampling.weights import weigh_answers
from pipeline.trial.looks import FUTILE_CONFIDENCE, Look, Seen, decide, follow_looks
from pipeline.trial.standing import RatioBounds, TrialStanding, Verdict
from pipeline.trial.weights import bound_players, count_bounded
from pipeline.trial.words import MEANINGS, describe_difference

SCALE = 10
"""Looks come at ten times as many answers as where both versions guess the same drawings."""


class ArmEvidence(NamedTuple):
    """Fresh answers of both arms in order of arrival; arrays `(n,)`.

    players: hashes of the players.
    in_trial: bool, whether the player is shown the version in question.
    confirmed: bool, whether the player said that the guess is right.
    chances: float32, the chance with which the game asked, above 0 to 1; NaN if not known.
    asked: uint8, why the game asked, see `TrialEvidence`; None: not said.
    """

    players: Players
    in_trial: NDArray[np.bool_]
    confirmed: NDArray[np.bool_]
    chances: NDArray[np.float32]
    asked: NDArray[np.uint8] | None = None

    def select(self, rows: slice | NDArray[np.bool_]) -> "ArmEvidence":
        """Return some of the answers, in the order of `rows`."""
        return ArmEvidence._make(None if column is None else column[rows] for column in self)


def judge_arms(evidence: ArmEvidence, ratio: RatioBounds, players_margin: float) -> TrialStanding:
    """Judge the version that one arm is shown, by the rules of `judge_trial`.

    Args:
        evidence: the fresh answers.
        ratio: how readily players correct and confirm without being asked.
        players_margin: the accuracy that a better one may lose at most, as a share.

    Returns:
        The standing. Its `disagreements` and `players` are answers and players of the trial's arm;
        its `share` is NaN.
    """

    def see(index: int, look: Look) -> Seen:
        until = evidence.select(slice(index + 1))
        lower = _compare(until, ratio, 1 - look.better)
        difference = lower._replace(high=_compare(until, ratio, 1 - look.worse).high)

        def most_gain() -> float:
            return _compare(until, ratio, FUTILE_CONFIDENCE).high

        return Seen(difference, np.nan, decide(look, difference, players_margin, most_gain))

    seen, next_look, counted = follow_looks(_count(evidence), see, SCALE)
    if seen is None:
        estimate = _compare(evidence, ratio, 0.5).estimate
        seen = Seen(ConfidenceInterval(estimate, -1.0, 1.0), np.nan, Verdict.OPEN)
    arm = evidence.select(evidence.in_trial)
    return TrialStanding(
        seen.verdict,
        *seen.difference,
        seen.share,
        len(evidence.players),
        len(arm.players),
        len(np.unique(arm.players)),
        next_look,
        _describe(seen, evidence.select(slice(counted))),
    )


def _count(evidence: ArmEvidence) -> NDArray[np.float64]:
    """Return how much the answers up to each one count, float64 `(n,)`, rising.

    Arms of sizes a and b tell as much as two of 2 a b / (a + b) each; both together are counted.
    """
    arms = np.zeros((2, len(evidence.players)))
    for arm, members in zip(arms, (evidence.in_trial, ~evidence.in_trial), strict=True):
        arm[members] = np.diff(count_bounded(evidence.players[members]), prepend=0)
    first, second = np.cumsum(arms, axis=1)
    counted: NDArray[np.float64] = 4 * first * second / np.maximum(first + second, 1)
    return np.maximum.accumulate(counted)


def _compare(evidence: ArmEvidence, ratio: RatioBounds, confidence: float) -> ConfidenceInterval:
    """Return the accuracy of the trial's arm less that of the other, for every ratio in question.

    Accuracies of single arms have score intervals. The bounds of their difference follow from
    these by squaring and adding (R. G. Newcombe, "Interval estimation for the difference between
    independent proportions", Statistics in Medicine 17, 1998).
    """
    found = []
    for value in ratio:
        trial, other = (
            _estimate_accuracy(evidence.select(members), value, confidence)
            for members in (evidence.in_trial, ~evidence.in_trial)
        )
        estimate = trial.estimate - other.estimate
        below = np.hypot(trial.estimate - trial.low, other.high - other.estimate)
        above = np.hypot(trial.high - trial.estimate, other.estimate - other.low)
        found.append(
            ConfidenceInterval(
                estimate, max(-1.0, float(estimate - below)), min(1.0, float(estimate + above))
            )
        )
    return ConfidenceInterval(
        min(one.estimate for one in found),
        min(one.low for one in found),
        max(one.high for one in found),
    )


def _estimate_accuracy(arm: ArmEvidence, ratio: float, confidence: float) -> ConfidenceInterval:
    """Return an arm's accuracy on all drawings, 0 to 1; players' bounded sums count."""
    rows = AnswerRows(arm.confirmed, arm.chances, arm.asked, arm.players)
    weights = weigh_answers(rows, ratio).astype(np.float64)
    # 1 if right and -1 if wrong, as the interval is made for gains and losses.
    signs = np.where(arm.confirmed, 1.0, -1.0)
    interval = difference_interval(bound_players(arm.players, signs, weights), confidence)
    return ConfidenceInterval(*((1 + value) / 2 for value in interval))


def _describe(seen: Seen, evidence: ArmEvidence) -> str:
    """Return the standing in words."""
    arms = (evidence.confirmed[members] for members in (evidence.in_trial, ~evidence.in_trial))
    trial, other = (
        f"{format_percent(1 - float(arm.mean()) if len(arm) else 0.0)} of {len(arm):,} answers"
        for arm in arms
    )
    facts = f"players correct {trial} where they are shown this version, and {other} elsewhere"
    if seen.difference.low <= -1:
        return f"{facts}; it is too early to judge"
    measured = describe_difference(seen.difference)
    meaning = MEANINGS.get(seen.verdict, "open")
    return f"{facts}; {measured}: {meaning}"
