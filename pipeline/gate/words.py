"""Describe the gate's figures in words for the owner of a game."""

from pipeline.formatting import format_percent, format_points
from pipeline.gate.paired import ConfidenceInterval
from pipeline.model.answers import PairedGuesses


def describe_accuracies(guesses: PairedGuesses, kind: str = "drawings") -> str:
    """Return both accuracies: `90.1% to 90.3% right, of 760 drawings`."""
    if not guesses.rows:
        return f"there are 0 {kind} to compare on"
    champion = format_percent(float(guesses.champion_right.mean()))
    challenger = format_percent(float(guesses.challenger_right.mean()))
    return f"{champion} to {challenger} right, of {guesses.rows:,} {kind}"


def describe_interval(interval: ConfidenceInterval) -> str:
    """Return both bounds: `between 0.3 points lost and 1.2 points gained`."""
    low, high = interval.low, interval.high
    if low >= 0:
        return f"{format_points(low, unit=False)} to {format_points(high)} gained"
    if high < 0:
        return f"{format_points(-high, unit=False)} to {format_points(-low)} lost"
    return f"between {format_points(-low)} lost and {format_points(high)} gained"
