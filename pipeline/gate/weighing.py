"""Weigh the answers that the gate judges by, each by the drawings that it stands for."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.dataset.origins import SplitOrigins
from pipeline.gate.inputs import Answers
from pipeline.gate.paired import concatenate_guesses
from pipeline.model.answers import PairedGuesses, Players
from pipeline.records.corrections import ASKED_CODES, Asked
from pipeline.sampling.accuracy import bound_accuracy
from pipeline.sampling.ratio import estimate_ratio
from pipeline.sampling.rows import AnswerRows, divide_answers
from pipeline.sampling.weights import weigh_answers
from pipeline.version_settings import GateSettings


class SentAnswers(NamedTuple):
    """Answers with the guesses of both models, and how each came about; all arrays `(n,)`.

    guesses: of both models, with the players.
    confirmed: bool, whether the player confirmed the guess that was shown.
    asked: uint8, why the game asked, as in `SplitOrigins`.
    chances: float32, with which probability; NaN where it is not known.
    """

    guesses: PairedGuesses
    confirmed: NDArray[np.bool_]
    asked: NDArray[np.uint8]
    chances: NDArray[np.float32]

    @property
    def players(self) -> Players:
        """Who answered."""
        if self.guesses.players is None:
            raise TypeError("answers have players")
        return self.guesses.players

    @classmethod
    def of(cls, guesses: PairedGuesses, origins: SplitOrigins) -> "SentAnswers":
        """Take how the answers came about from the data set's record of the same rows."""
        confirmed = guesses.labels == origins.guesses
        return cls(guesses, confirmed, origins.asked, origins.chances)

    def select(self, rows: NDArray[np.bool_]) -> "SentAnswers":
        """Return the rows that a mask selects."""
        return SentAnswers(
            self.guesses.select(rows), self.confirmed[rows], self.asked[rows], self.chances[rows]
        )


def join_answers(groups: list[SentAnswers]) -> SentAnswers:
    """Concatenate groups of answers, at least one."""
    columns = (
        np.concatenate(column) for column in zip(*(each[1:] for each in groups), strict=True)
    )
    return SentAnswers._make([concatenate_guesses([each.guesses for each in groups]), *columns])


def weigh(
    sent: SentAnswers,
    clean_accuracy: float,
    rules: GateSettings,
    possible: tuple[float, float] | None = None,
) -> Answers:
    """Weigh answers for the lowest, the likely and the highest ratio of readiness.

    Answers about drawings on which two models disagree are left out where there is no audit beside
    them. They show those drawings alone, and how many there are of these is not known.

    Args:
        sent: the answers.
        clean_accuracy: the champion's on clean drawings, 0 to 1. It limits the one on players'
            drawings, and so the ratio.
        rules: the highest ratio.
        possible: between what the champion's accuracy on players' drawings can be, 0 to 1, if more
            is known than its accuracy on clean ones.
    """
    unknown = divide_answers(_describe(sent)).unknown
    sent = sent.select(~(unknown & (sent.asked == ASKED_CODES[Asked.DISAGREEMENT])))
    rows = _describe(sent)
    accuracy = possible or bound_accuracy(clean_accuracy)
    ratio = estimate_ratio(rows, eagerness=rules.eagerness, accuracy=accuracy)
    low, likely, high = (weigh_answers(rows, end) for end in ratio)
    return Answers(sent.guesses, sent.confirmed, low, likely, high)


def _describe(sent: SentAnswers) -> AnswerRows:
    return AnswerRows(sent.confirmed, sent.chances, sent.asked, sent.guesses.players)
