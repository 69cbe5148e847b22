"""Players' answers with liars of several kinds among them, for `benchmarks.screening_sizes`.

Every kind sends the same share of a harvest. None of them knows what the referee thinks.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from benchmarks.screening_world import NO_CLASS, Corrections
from pipeline.categories import CATEGORIES
from pipeline.records.dataset import NO_GUESS

CORRECTED, CONFIRMED = 0.8, 0.2
"""The shares of wrong guesses that players correct, and of right guesses that they confirm."""
LIAR_SHARE = 0.05
ACCOUNTS = 10
"""Of a poisoner. Other liars send three answers each."""
COPIES = 8
"""Drawings of a burst; liars who send bursts copy one drawing so often."""
STEADY_LIES, STEADY_ANSWERS = 0.25, 8
"""The share of lies among the answers of a slow liar, who sends eight; the others are honest."""
CAT, FISH = CATEGORIES.index("cat"), CATEGORIES.index("fish")


class Drawn(NamedTuple):
    """Drawings on canvases, as the pipeline reads them, with the champion's guesses."""

    images: Any
    truth: Any
    guesses: Any

    def select(self, rows: Any) -> "Drawn":
        """Return the selected rows."""
        return Drawn(*(part[rows] for part in self))


def answer_honestly(
    drawn: Drawn, players: float, rng: np.random.Generator
) -> tuple[Corrections, Any]:
    """Return the answers of honest players, and the rows of the drawings without an answer.

    Args:
        drawn: what was drawn.
        players: how many people there are for each answer, less than 1.
        rng: chooses who answers.
    """
    right = drawn.guesses == drawn.truth
    answered = rng.random(len(right)) < np.where(right, CONFIRMED, CORRECTED)
    images, truth, guesses = drawn.select(answered)
    people = rng.integers(int(players * len(truth)) + 1, size=len(truth))
    names = np.array([f"player-{number:04d}" for number in people])
    return Corrections(images, truth, guesses, names, truth), np.flatnonzero(~answered)


def lie_at_random(drawn: Drawn, count: int, rng: np.random.Generator) -> Corrections:
    """Give drawings another label, any of them with the same chance."""
    images, truth, guesses = _draw_lots(drawn, count, rng)
    labels = (truth + rng.integers(1, len(CATEGORIES), count)) % len(CATEGORIES)
    return _sign(images, labels, (truth, guesses), rng, count // 3 + 1)


def poison(drawn: Drawn, count: int, rng: np.random.Generator) -> Corrections:
    """Say under ten accounts that cats are fish."""
    images, truth, guesses = _draw_lots(drawn.select(drawn.truth == CAT), count, rng)
    return _sign(images, np.full(count, FISH), (truth, guesses), rng, ACCOUNTS)


def collude(drawn: Drawn, count: int, rng: np.random.Generator) -> Corrections:
    """Say under many accounts that one class is the one that the champion confuses it with most."""
    confused = np.zeros((len(CATEGORIES), len(CATEGORIES)))
    np.add.at(confused, (drawn.truth, drawn.guesses), 1)
    np.fill_diagonal(confused, 0)
    shown, claimed = np.unravel_index(int(confused.argmax()), confused.shape)
    images, truth, guesses = _draw_lots(drawn.select(drawn.truth == shown), count, rng)
    return _sign(images, np.full(count, claimed), (truth, guesses), rng, count // 2 + 1)


def confirm_mistakes(drawn: Drawn, count: int, rng: np.random.Generator) -> Corrections:
    """Say yes to wrong guesses of the champion."""
    images, truth, guesses = _draw_lots(drawn.select(drawn.truth != drawn.guesses), count, rng)
    return _sign(images, guesses, (truth, guesses), rng, count // 3 + 1)


def copy(drawn: Drawn, count: int, rng: np.random.Generator) -> Corrections:
    """Send one drawing several times with a wrong label, under an account for each copy."""
    rows = np.repeat(rng.integers(len(drawn.truth), size=count // COPIES + 1), COPIES)[:count]
    images, truth, guesses = drawn.select(rows)
    return _sign(images, (truth + 1) % len(CATEGORIES), (truth, guesses), rng, count)


def lie_slowly(drawn: Drawn, count: int, rng: np.random.Generator) -> Corrections:
    """Confirm three right guesses for each lie."""
    images, truth, guesses = _draw_lots(drawn, count, rng)
    lies = rng.random(count) < STEADY_LIES
    other = (truth + rng.integers(1, len(CATEGORIES), count)) % len(CATEGORIES)
    labels, seen = np.where(lies, other, truth), np.where(lies, guesses, truth)
    return _sign(images, labels, (truth, seen), rng, count // STEADY_ANSWERS + 1)


Lie = Callable[[Drawn, int, np.random.Generator], Corrections]
LIARS: dict[str, Lie] = {
    "random labels": lie_at_random,
    "cats as fish": poison,
    "most confused pair": collude,
    "confirmed mistakes": confirm_mistakes,
    "bursts": copy,
    "slow liars": lie_slowly,
}


def scribble(doodles: Any, count: int, rng: np.random.Generator) -> Corrections:
    """Send doodles with random labels."""
    images = doodles[rng.integers(len(doodles), size=count)]
    labels = rng.integers(len(CATEGORIES), size=count)
    unknown = np.full(count, NO_CLASS), np.full(count, NO_GUESS)
    return _sign(images, labels, unknown, rng, count // 3 + 1)


def join(honest: Corrections, liars: Corrections) -> Corrections:
    """Return both as one harvest."""
    return Corrections(*(np.concatenate(parts) for parts in zip(honest, liars, strict=True)))


def _draw_lots(drawn: Drawn, count: int, rng: np.random.Generator) -> Drawn:
    return drawn.select(rng.integers(len(drawn.truth), size=count))


def _sign(
    images: Any, labels: Any, truth_and_guesses: Any, rng: np.random.Generator, accounts: int
) -> Corrections:
    """Return answers under so many accounts."""
    truth, guesses = truth_and_guesses
    names = np.array([f"liar-{number:04d}" for number in rng.integers(accounts, size=len(labels))])
    return Corrections(
        images, labels.astype(np.uint8), guesses.astype(np.uint8), names, truth.astype(np.uint8)
    )
