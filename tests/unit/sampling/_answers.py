"""Made-up answers of players: a few by hand, or many of a game whose truth is known."""

from collections.abc import Sequence

import numpy as np

from pipeline.records.corrections import ASKED_CODES, NOT_SAID, Asked
from pipeline.sampling.rows import AnswerRows

NONE, MARGIN, AUDIT, DISAGREEMENT = (ASKED_CODES[asked] for asked in Asked)
NO_CHANCE = float("nan")
EASY, HARD, HARD_SHARE = 0.95, 0.5, 0.13
TRUTH = HARD_SHARE * HARD + (1 - HARD_SHARE) * EASY


def answers(
    *groups: tuple[int, bool, int, float], players: Sequence[str] | None = None
) -> AnswerRows:
    """Groups of equal answers: how many, whether they confirm, why asked, and the chance."""
    counts = [group[0] for group in groups]
    confirmed, asked, chances = zip(*(group[1:] for group in groups), strict=True)
    return AnswerRows(
        np.repeat(confirmed, counts),
        np.repeat(np.array(chances, np.float32), counts),
        np.repeat(np.array(asked, np.uint8), counts),
        None if players is None else np.array(players),
    )


def play(
    rng: np.random.Generator,
    drawings: int,
    *,
    audit: float = 0.05,
    corrects: float = 0.3,
    confirms: float = 0.1,
    says: float = 0.5,
    players: int | None = None,
) -> AnswerRows:
    """The answers of a game that guesses so many drawings.

    The share HARD_SHARE has a small margin, and HARD of these guesses are right; of the others
    EASY. The share `says` of the clients follows the asking policy and says so. Others answer
    unasked: `corrects` of the wrong guesses and `confirms` of the right ones. Each player is
    better or worse at drawing than the others.
    """
    hard = rng.random(drawings) < HARD_SHARE
    names = rng.integers(0, players or drawings, drawings)
    skill = rng.normal(0, 0.5, players) if players else np.zeros(drawings)
    odds = np.where(hard, HARD / (1 - HARD), EASY / (1 - EASY)) * np.exp(skill[names])
    right = rng.random(drawings) < odds / (1 + odds)
    told = rng.random(drawings) < says
    asks = told & (hard | (rng.random(drawings) < audit))
    sent = asks | (rng.random(drawings) < np.where(right, confirms, corrects))
    chances = np.where(asks, np.where(hard, 1, audit), np.nan).astype(np.float32)
    reasons = np.where(asks, np.where(hard, MARGIN, AUDIT), np.where(told, NONE, NOT_SAID))
    return AnswerRows(
        right[sent],
        chances[sent],
        reasons.astype(np.uint8)[sent],
        names[sent].astype(str) if players else None,
    )
