"""Evidence of trials, made up."""

import numpy as np
from numpy.typing import NDArray

from pipeline.records.corrections import ASKED_CODES, Asked
from pipeline.trial.standing import RatioBounds, TrialEvidence

EVEN = RatioBounds(1.0, 1.0)
MARGIN = 0.005
_CODES = ASKED_CODES[Asked.DISAGREEMENT], ASKED_CODES[Asked.AUDIT]


def make_evidence(
    won: int,
    lost: int,
    same: int = 0,
    agree: int = 3000,
    *,
    players: int | None = None,
    seed: int = 0,
) -> TrialEvidence:
    """Return answers about drawings on which two models differ, and some on which they agree.

    All were asked for with chance 1.

    Args:
        won: drawings that only the shadow recognises.
        lost: drawings that only the shown version recognises.
        same: drawings that neither recognises, with different guesses.
        agree: drawings on which both guess the same.
        players: how many drew them; None: a player for each.
        seed: decides on the order.
    """
    gains = np.repeat([1, -1, 0, 0], [won, lost, same, agree])
    differ = np.repeat([True, False], [won + lost + same, agree])
    order = np.random.default_rng(seed).permutation(len(gains))
    numbers = np.arange(len(gains)) % (players or max(1, len(gains)))
    return from_gains(gains[order], differ[order], numbers)


def from_gains(
    gains: NDArray[np.int64], differ: NDArray[np.bool_], players: NDArray[np.int64]
) -> TrialEvidence:
    """Return answers with these gains of the shadow; where models agree, both are right."""
    shown = np.where(differ, gains < 0, True)
    return TrialEvidence(
        players=np.char.mod("p%d", players).astype(np.bytes_),
        shown_right=shown,
        shadow_right=np.where(differ, gains > 0, True),
        differ=differ,
        confirmed=shown,
        asked=np.where(differ, *_CODES).astype(np.uint8),
        chances=np.ones(len(gains), np.float32),
    )
