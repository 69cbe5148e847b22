"""What a trial has shown so far: the evidence, the rules it is judged by, and the standing."""

from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.model.answers import Players


class Verdict(StrEnum):
    """What the evidence says about the version in question.

    BETTER: at most the allowed margin worse for sure, and better as measured.
    WORSE: worse for sure.
    FUTILE: more answers are unlikely to show that it is better by more than the margin.
    OPEN: none of these yet.
    """

    BETTER = "better"
    WORSE = "worse"
    FUTILE = "futile"
    OPEN = "open"


class RatioBounds(NamedTuple):
    """How many times as readily players correct a wrong guess as they confirm a right one.

    low, high: the range that it lies in, both at least 1.
    """

    low: float
    high: float


class TrialEvidence(NamedTuple):
    """Fresh answers, about which neither model has learned, in order of arrival; arrays `(n,)`.

    In a trial, the champion is shown to players and the trial's version is its shadow. In a watch
    after a promotion, the release is shown and the previous version is its shadow.

    players: hashes of the players.
    shown_right, shadow_right: bool, whether the guess of each model, computed by Redraw from the
        stored drawing, is the answer.
    differ: bool, whether the two guesses are different classes.
    confirmed: bool, whether the player said that the guess which was shown in the game is right.
    asked: uint8, why the game asked; the index in `tuple(Asked)`, 255 if not said.
    chances: float32, the chance with which the game asked, above 0 to 1; NaN if not known.
    """

    players: Players
    shown_right: NDArray[np.bool_]
    shadow_right: NDArray[np.bool_]
    differ: NDArray[np.bool_]
    confirmed: NDArray[np.bool_]
    asked: NDArray[np.uint8]
    chances: NDArray[np.float32]

    def select(
        self, rows: slice | NDArray[np.bool_] | NDArray[np.int64] | NDArray[np.intp]
    ) -> "TrialEvidence":
        """Return some of the answers, in the order of `rows`."""
        return TrialEvidence._make(column[rows] for column in self)


class TrialStanding(NamedTuple):
    """What the evidence shows; shares are of all drawings that players make.

    verdict: what follows from it. Once it is not OPEN, later answers change nothing.
    estimate: accuracy of the version in question less that of the other, -1 to 1, at the last look.
    low, high: bounds of this difference. They hold at any time, however often one looks.
    share: the share of drawings on which the two differ, as estimated.
    answers: fresh answers so far.
    disagreements: those about drawings on which the two differ.
    players: the players of these.
    next_look: the number of disagreements, each player's counted up to a bound, at which the
        evidence is looked at again; if the verdict is not OPEN, at which it was found.
    sentence: all of it in words, for the owner of the game.
    """

    verdict: Verdict
    estimate: float
    low: float
    high: float
    share: float
    answers: int
    disagreements: int
    players: int
    next_look: int
    sentence: str
