"""The answers of players as arrays: what they said, and how each came about."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import pdtr

from pipeline.records.corrections import ASKED_CODES, Asked
from pipeline.sampling.claims import find_implausible

UNASKED, AUDIT = ASKED_CODES[Asked.NONE], ASKED_CODES[Asked.AUDIT]
IMPLAUSIBLE = 0.001
"""So few audit answers are no chance: with a smaller probability the audits are not complete."""


FEWEST_AUDITS = 5
"""With fewer audit answers, what they say of the other drawings is mostly chance.

It is a compromise. The release's accuracy is better known by what is assumed until there are 25
(10 of them leave 33 points, 26 leave 18, the assumptions 17 to 23). But the gate compares two
models, and loses nearly all its power if it may not use the chances: see docs/decisions/0018."""


class AnswerRows(NamedTuple):
    """Answers of players, one a row; all arrays `(n,)`.

    An answer confirms a guess, or corrects it. The chance is the probability with which the game
    asked for it, whatever the reason: 1 for every drawing with a small margin, the share of the
    audit for every other one.

    confirmed: bool, whether the label equals the guess.
    chances: float32, above 0 and at most 1; NaN where it is not known, as for answers that no game
        asked for.
    asked: uint8, why the game asked, as in `SplitOrigins.asked`. None: not said.
    players: who answered, texts or bytes. None: every row counts as a player of its own.
    """

    confirmed: NDArray[np.bool_]
    chances: NDArray[np.float32]
    asked: NDArray[np.uint8] | None = None
    players: NDArray[Any] | None = None

    def select(self, rows: NDArray[np.bool_]) -> "AnswerRows":
        """Return the rows that a mask selects."""
        columns: list[Any] = [None if column is None else column[rows] for column in self]
        return AnswerRows(*columns)

    def sum_by_player(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the sum of each player's values, float64 `(players,)`; in no special order."""
        if self.players is None:
            return values
        _, indices = np.unique(self.players, return_inverse=True)
        return np.bincount(indices, values).astype(np.float64)


class Samples(NamedTuple):
    """The parts of some answers, bool `(n,)` each; every answer is in one of them.

    certain: answers about drawings that the game asks about each time (chance 1).
    audited: answers that a random audit of all other drawings asked for.
    unasked: answers that players gave unasked about these other drawings.
    unknown: answers about any drawing: the game does not say how they came about.

    The first three together stand for all drawings, and so do those of `unknown`.
    """

    certain: NDArray[np.bool_]
    audited: NDArray[np.bool_]
    unasked: NDArray[np.bool_]
    unknown: NDArray[np.bool_]

    @property
    def chosen(self) -> NDArray[np.bool_]:
        """Bool `(n,)`: the answers whose chance is known."""
        return self.certain | self.audited


def divide_answers(rows: AnswerRows) -> Samples:
    """Divide answers by how they came about.

    Answers about small margins alone, however many, say nothing about the other drawings. So
    with fewer than FEWEST_AUDITS answers of an audit all answers are in `unknown`, and also if the
    audit cannot have been complete: a game asks about less than half of its drawings each time, so
    there are at least as many others, and of these the audit must have met its share.

    What a player says who claims too many audits (`claims.find_implausible`) counts as not said.
    """
    certain, audited, unasked = _read_claims(rows)
    has_chance = certain | audited
    said = has_chance | unasked
    if rows.players is not None and audited.any():
        said &= ~find_implausible(rows.players, audited, certain)
        certain, audited, unasked = (mask & said for mask in (certain, audited, unasked))
    audits = np.count_nonzero(audited)
    share = float(rows.chances[audited].mean()) if audits else 0.0
    expected = np.count_nonzero(certain) * share
    if audits < FEWEST_AUDITS or pdtr(audits, expected) < IMPLAUSIBLE:
        none = np.zeros(len(certain), np.bool_)
        return Samples(none, none, none, ~none)
    return Samples(certain, audited, unasked, ~said)


def find_certain(rows: AnswerRows) -> NDArray[np.bool_]:
    """Return which answers are about drawings asked about each time, with an audit or without."""
    return _read_claims(rows)[0]


def _read_claims(
    rows: AnswerRows,
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which answers are certain, audited and unasked, as the clients say."""
    unasked = np.zeros(len(rows.chances), np.bool_) if rows.asked is None else rows.asked == UNASKED
    has_chance = (rows.chances > 0) & (rows.chances <= 1) & ~unasked
    by_audit = (
        rows.chances < 1 if rows.asked is None else (rows.chances < 1) | (rows.asked == AUDIT)
    )
    audited = has_chance & by_audit
    return has_chance & ~audited, audited, unasked
