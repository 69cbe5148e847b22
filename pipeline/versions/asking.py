"""What a model says about a drawing, to whether the player should be asked what it shows. Never asks by itself.

NumPy alone, no TensorFlow: a game's backend decides this with every guess.
"""

import math

import numpy as np
from numpy.typing import NDArray

from pipeline.categories import CATEGORIES
from pipeline.records.base import Record

MOST_ROWS = 20_000  # that a policy is calibrated on, about a thousand a class
NEVER, ALWAYS = 0.0, 2.0  # no margin is below 0 or above 1


class AskingPolicy(Record):
    """Ask when the margin of a guess is below the threshold of the guessed class.

    The margin is the probability of the guess minus that of the second best class, 0 to 1.
    """

    version: str = ""
    """Whose guesses it is about; thresholds of one version say nothing about another's. Empty until it is published."""
    measure: str = "margin"
    budget: float
    """Share of the guesses to ask about, 0 to 1."""
    source: str
    """Whose drawings it was calibrated on: `base` is Quick, Draw!."""
    rows: int
    """How many those were."""
    thresholds: dict[str, float]
    """By class, for each class that was guessed."""
    common_threshold: float
    """For every other class."""


def calibrate(
    probabilities: NDArray[np.float32],
    *,
    budget: float,
    source: str = "base",
    categories: tuple[str, ...] = CATEGORIES,
) -> AskingPolicy:
    """The policy that asks about a share of `budget` of each class's guesses: never more of `probabilities`, or a row less.

    Of rows with one and the same margin it asks about all or none, so where many are alike it may ask about fewer.

    Args:
        probabilities: `(n, classes)`, n at least 1: what the model says about rows that it was not trained on.
        budget: 0 never asks, 1 always, whatever the drawing.
        source: whose drawings the rows are.
        categories: the names of the classes.
    """
    guesses, margins = probabilities.argmax(axis=1), _margins(probabilities)
    return AskingPolicy(
        budget=budget,
        source=source,
        rows=len(guesses),
        thresholds={
            categories[each]: _threshold(margins[guesses == each], budget)
            for each in np.unique(guesses)
        },
        common_threshold=_threshold(margins, budget),
    )


def should_ask(
    policy: AskingPolicy,
    probabilities: NDArray[np.float32],
    categories: tuple[str, ...] = CATEGORIES,
) -> NDArray[np.bool_]:
    """Whether to ask the player what a drawing shows.

    Args:
        policy: of the version that the probabilities are from.
        probabilities: `(n, classes)`, or `(classes,)` for one drawing.
        categories: the names of the classes.

    Returns:
        bool `(n,)`, or one bool of NumPy's.
    """
    thresholds = np.array(
        [policy.thresholds.get(name, policy.common_threshold) for name in categories]
    )
    asked: NDArray[np.bool_] = _margins(probabilities) < thresholds[probabilities.argmax(axis=-1)]
    return asked


def _margins(probabilities: NDArray[np.float32]) -> NDArray[np.float64]:
    """The best minus the second best, along the last axis."""
    best = np.sort(probabilities, axis=-1)[..., -2:].astype(np.float64)
    margins: NDArray[np.float64] = best[..., 1] - best[..., 0]
    return margins


def _threshold(margins: NDArray[np.float64], budget: float) -> float:
    """The smallest margin that the budget does not reach any more."""
    if budget == 0:
        return NEVER
    reached = math.floor(budget * len(margins))
    return ALWAYS if reached == len(margins) else float(np.sort(margins)[reached])
