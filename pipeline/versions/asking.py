"""Decide from a model's probabilities whether a game should ask the player what was drawn.

This needs NumPy alone, without TensorFlow, as a game's backend decides it for every guess.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.records.base import Record

MOST_ROWS = 20_000  # to calibrate a policy on, about a thousand a class
NEVER, ALWAYS = 0.0, 2.0  # no margin is below 0 or above 1


class AskingPolicy(Record):
    """Ask when the margin of a guess is below the threshold of the guessed class.

    The margin is the probability of the guess minus that of the second best class, 0 to 1.
    """

    version: str = ""
    """The version whose guesses this is about: its thresholds do not fit another's guesses.

    Empty until the version is published."""
    measure: str = "margin"
    budget: float
    """Share of the guesses to ask about, 0 to 1."""
    source: str
    """The drawings that it was calibrated on: `base` is Quick, Draw!."""
    rows: int
    """Their number."""
    thresholds: dict[str, float]
    """By class, for each class that was guessed in the calibration."""
    common_threshold: float
    """For every other class."""


def calibrate(
    probabilities: NDArray[np.float32],
    *,
    budget: float,
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
        categories: the names of the classes.
        source: where the rows come from.
    """
    guesses, margins = probabilities.argmax(axis=1), _compute_margins(probabilities)
    return AskingPolicy(
        budget=budget,
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
