"""The gate's figures as words for the owner of a game. Pure."""

from pipeline.gate.paired import Interval
from pipeline.model.answers import PairedGuesses


def describe_accuracies(answers: PairedGuesses, kind: str = "drawings") -> str:
    """90.1% right before, 90.3% after, of 760 drawings."""
    if not answers.rows:
        return f"there are 0 {kind} to compare on"
    then, now = float(answers.before.mean()), float(answers.after.mean())
    return f"{then:.1%} right before, {now:.1%} after, of {answers.rows:,} {kind}"


def describe_interval(found: Interval) -> str:
    """Between 0.3 points lost and 1.2 points gained."""
    low, high = found.low, found.high
    if low >= 0:
        return f"{_number(low)} to {format_points(high)} gained"
    if high < 0:
        return f"{_number(-high)} to {format_points(-low)} lost"
    return f"between {format_points(-low)} lost and {format_points(high)} gained"


def format_points(share: float) -> str:
    """0.05 points, 1.2 points, 34 points: no more figures than are known."""
    number = _number(share)
    return f"{number} {'point' if number == '1' else 'points'}"


def _number(share: float) -> str:
    text = f"{100 * share:.{2 if share < 0.00995 else 1 if share < 0.0995 else 0}f}"  # noqa: PLR2004
    return text.rstrip("0").rstrip(".") if "." in text else text
