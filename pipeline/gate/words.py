"""The gate's figures as words for the owner of a game. Pure."""

from pipeline.formatting import format_percent, format_points
from pipeline.gate.paired import Interval
from pipeline.model.answers import PairedGuesses


def describe_accuracies(answers: PairedGuesses, kind: str = "drawings") -> str:
    """90.1% right before, 90.3% after, of 760 drawings."""
    if not answers.rows:
        return f"there are 0 {kind} to compare on"
    then, now = float(answers.before.mean()), float(answers.after.mean())
    before, after = format_percent(then), format_percent(now)
    return f"{before} right before, {after} after, of {answers.rows:,} {kind}"


def describe_interval(found: Interval) -> str:
    """Between 0.3 points lost and 1.2 points gained."""
    low, high = found.low, found.high
    if low >= 0:
        return f"{format_points(low, unit=False)} to {format_points(high)} gained"
    if high < 0:
        return f"{format_points(-high, unit=False)} to {format_points(-low)} lost"
    return f"between {format_points(-low)} lost and {format_points(high)} gained"
