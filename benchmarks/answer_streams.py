"""Streams of players' answers about the drawings of a world, in the order of arrival."""

from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.players import World
from pipeline.fit.stored_answers import weigh
from pipeline.fit.training_set import Answers
from pipeline.model.answers import predict_both
from pipeline.records.corrections import Asked
from pipeline.sampling.rows import AnswerRows
from pipeline.settings import Settings

EAGERNESS = 3
"""Players correct a wrong guess so many times as readily as they confirm a right one."""
ASKED_SHARE = 0.2
"""The share of clean drawings with so small a margin that the game asks about them."""
AUDITED_SHARE = 0.01
"""The share of the other drawings that it asks about."""
NOT_SAID = 255


class Sending(StrEnum):
    """Which drawings are answered."""

    EVERY = "every drawing"
    UNASKED = "unasked"
    """Wrong guesses three times as readily as right ones; the game does not say why."""
    ASKED = "asked"
    """Each one with a small margin, and a few of the others."""


class Stream(NamedTuple):
    """Answers, one a row.

    drawings: int64 `(n,)`, indices of the world's played drawings.
    rows: how each came about.
    """

    drawings: NDArray[np.int64]
    rows: AnswerRows

    def first(self, count: int) -> "Stream":
        """Return the answers that arrive first."""
        return self.select(np.arange(len(self.drawings)) < count)

    def select(self, chosen: NDArray[np.bool_]) -> "Stream":
        """Return the answers that a mask selects."""
        return Stream(self.drawings[chosen], self.rows.select(chosen))

    def with_features(self, world: World) -> Answers:
        """Return the answers with features and weights, as a fit gets them."""
        head = world.model.head
        clean = predict_both(*world.val, head, head).champion.argmax(1) == world.val[1]
        eagerness = Settings(_env_file=None).gate.eagerness
        return Answers(
            world.played_features[self.drawings],
            world.played.labels[self.drawings],
            weigh(self.rows, float(clean.mean()), eagerness),
        )


def send(world: World, sending: Sending, rng: np.random.Generator) -> Stream:
    """Return the answers that players send about the guesses of the world's own model."""
    labels, head = world.played.labels, world.model.head
    probabilities = predict_both(world.played_features, labels, head, head).champion
    confirmed = probabilities.argmax(1) == labels
    count = len(labels)
    if sending is Sending.EVERY:
        chances = np.ones(count)
        asked = np.full(count, tuple(Asked).index(Asked.AUDIT))
    elif sending is Sending.UNASKED:
        chances = np.where(confirmed, 1 / EAGERNESS, 1.0)
        asked = np.full(count, NOT_SAID)
    else:
        clean = predict_both(*world.val, head, head).champion
        small = _margins(probabilities) < np.quantile(_margins(clean), ASKED_SHARE)
        chances = np.where(small, 1.0, AUDITED_SHARE)
        margin, audit = (tuple(Asked).index(why) for why in (Asked.MARGIN, Asked.AUDIT))
        asked = np.where(small, margin, audit)
    sent = rng.random(count) < chances
    known = np.where(asked == NOT_SAID, np.nan, chances).astype(np.float32)
    rows = AnswerRows(confirmed[sent], known[sent], asked[sent].astype(np.uint8))
    return Stream(np.flatnonzero(sent), rows)


def _margins(probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the best probability of each row less the second best: `(n,)`."""
    best = np.sort(probabilities, axis=1)
    return np.asarray(best[:, -1] - best[:, -2])
