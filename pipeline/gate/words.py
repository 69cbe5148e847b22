"""Describe the gate's figures in words for the owner of a game."""

import numpy as np

from pipeline.formatting import format_percent, format_points
from pipeline.gate.paired import ConfidenceInterval
from pipeline.model.answers import PairedGuesses
from pipeline.model.head import Floats


def describe_accuracies(guesses: PairedGuesses, *, weights: Floats | None = None) -> str:
    """Return both accuracies: `90.1% to 90.3% right, of 760 drawings`.

    Args:
        guesses: of both models.
        weights: what each row stands for, `(n,)`; None: as much as any other.
    """
    if not guesses.rows:
        return "there are 0 drawings to compare on"
    champion, challenger = (
        format_percent(float(np.average(right, weights=weights)))
        for right in (guesses.champion_right, guesses.challenger_right)
    )
    return f"{champion} to {challenger} right, of {guesses.rows:,} drawings"


def describe_interval(interval: ConfidenceInterval) -> str:
    """Return both bounds: `between 0.3 points lost and 1.2 points gained`."""
    low, high = interval.low, interval.high
    if low >= 0:
        return f"{format_points(low, unit=False)} to {format_points(high)} gained"
    if high < 0:
        return f"{format_points(-high, unit=False)} to {format_points(-low)} lost"
    return f"between {format_points(-low)} lost and {format_points(high)} gained"
