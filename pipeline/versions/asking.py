"""Decide from a model's probabilities whether a game should ask the player what was drawn.

This needs NumPy alone, without TensorFlow, as a game's backend decides it for every guess.
"""

import math
from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.records.base import Record
from pipeline.records.corrections import Asked

MOST_ROWS = 20_000  # to calibrate a policy on, about a thousand a class
NEVER, ALWAYS = 0.0, 2.0  # no margin is below 0 or above 1


class AskingPolicy(Record):
    """Ask when the margin of a guess is below the threshold of the guessed class, and at random.

    The margin is the probability of the guess minus that of the second best class, 0 to 1. The
    random audit shows what small margins alone cannot show: how often the other guesses are right.
    """

    version: str = ""
    """The version whose guesses this is about: its thresholds do not fit another's guesses.

    Empty until the version is published."""
    measure: str = "margin"
    budget: float
    """Share of the guesses to ask about, 0 to 1."""
    audit: float = 0.0
    """Share of all drawings to ask about whatever their margin, 0 to 1."""
    source: str
    """The drawings that it was calibrated on: `base` is Quick, Draw!."""
    rows: int
    """Their number."""
    thresholds: dict[str, float]
    """By class, for each class that was guessed in the calibration."""
    common_threshold: float
    """For every other class."""


class Asking(NamedTuple):
    """Whether to ask the player about a drawing, why, and with which chance it was to be asked.

    The game sends both with the answer, as `asked` and `askedChance`. The chance is None if the
    player is not asked: one who answers unasked has chosen the drawing.
    """

    asked: Asked
    chance: float | None


def calibrate(
    probabilities: NDArray[np.float32],
    *,
    budget: float,
    audit: float = 0.0,
    categories: Sequence[str],
    source: str = "base",
) -> AskingPolicy:
    """Return the policy that asks about the share `budget` of each class's guesses.

    On the given rows it never asks about more. It may ask about fewer: rows with the same margin
    are all asked about, or none of them.

    Args:
        probabilities: float32 `(n, classes)`, n at least 1: the model's answers for rows that it
            was not trained on.
        budget: the share of guesses to ask about; 0 never asks, 1 always.
        audit: the share of drawings to ask about at random. With a budget of 1 it is 1, as there
            the margin selects nothing.
        categories: the names of the classes.
        source: where the rows come from.
    """
    guesses, margins = probabilities.argmax(axis=1), _compute_margins(probabilities)
    return AskingPolicy(
        budget=budget,
        audit=1.0 if budget == 1 else audit,
        source=source,
        rows=len(guesses),
        thresholds={
            categories[guess]: _choose_threshold(margins[guesses == guess], budget)
            for guess in np.unique(guesses)
        },
        common_threshold=_choose_threshold(margins, budget),
    )


def should_ask(
    policy: AskingPolicy,
    probabilities: NDArray[np.float32],
    categories: Sequence[str],
) -> NDArray[np.bool_]:
    """Return whether to ask the player what a drawing shows.

    Args:
        policy: that of the version which made the guesses.
        probabilities: float32 `(n, classes)`, or `(classes,)` for one drawing.
        categories: the names of the classes.

    Returns:
        bool `(n,)`, or one bool of NumPy's.
    """
    thresholds = np.array(
        [policy.thresholds.get(name, policy.common_threshold) for name in categories]
    )
    margins = _compute_margins(probabilities)
    ask: NDArray[np.bool_] = margins < thresholds[probabilities.argmax(axis=-1)]
    return ask


def decide_asking(
    policy: AskingPolicy,
    probabilities: NDArray[np.float32],
    categories: Sequence[str],
    drawing_id: str,
    trial_probabilities: NDArray[np.float32] | None = None,
) -> Asking:
    """Return whether to ask the player about one drawing, why, and with which chance.

    A drawing on which a version on trial disagrees is asked about each time, and so is one with a
    small margin. Of all others the share `policy.audit` is asked about.

    Args:
        policy: that of the version which made the guess.
        probabilities: float32 `(classes,)`.
        categories: the names of the classes.
        drawing_id: the drawing's, which decides on the audit.
        trial_probabilities: float32 `(classes,)`, those of a version on trial. None: there is no
            trial, or the player is not in it.
    """
    if policy.audit >= 1:
        return Asking(Asked.AUDIT, 1.0)
    # First, as a trial is judged by the answers that say so.
    if trial_probabilities is not None and (trial_probabilities.argmax() != probabilities.argmax()):
        return Asking(Asked.DISAGREEMENT, 1.0)
    if should_ask(policy, probabilities, categories):
        return Asking(Asked.MARGIN, 1.0)
    if draw_number(policy.version, drawing_id) < policy.audit:
        return Asking(Asked.AUDIT, policy.audit)
    return Asking(Asked.NONE, None)


def draw_number(version: str, drawing_id: str) -> float:
    """Return a number from 0 to below 1, the same each time: it selects drawings for the audit.

    It is the first 8 hexadecimal digits of SHA-256 of `version:drawing_id` in UTF-8, over 2^32.
    In a browser `crypto.subtle.digest` computes it. A true random number would do as well.
    """
    digest = sha256(f"{version}:{drawing_id}".encode()).hexdigest()
    return int(digest[:8], 16) / 2**32


def _compute_margins(probabilities: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the best probability minus the second best, along the last axis."""
    best = np.sort(probabilities, axis=-1)[..., -2:].astype(np.float64)
    margins: NDArray[np.float64] = best[..., 1] - best[..., 0]
    return margins


def _choose_threshold(margins: NDArray[np.float64], budget: float) -> float:
    """Return the smallest margin for which the budget is not enough.

    A guess is asked about when its margin is below the threshold. So in sorted order the first
    `budget * n` rows are asked about, and the threshold is the margin of the row after them.
    """
    if budget == 0:
        return NEVER
    asked = math.floor(budget * len(margins))
    return ALWAYS if asked == len(margins) else float(np.sort(margins)[asked])
