"""Say in a sentence what a decision means for players.

This imports neither NumPy nor SciPy, as the command line shows it.
"""

from pipeline.formatting import format_percent
from pipeline.records.runs import Decision

PLAYERS = "players' drawings"
"""The name of the check of players' drawings."""


def describe_players(decision: Decision) -> str:
    """Return what a decision says about players' drawings, for the owner of the game.

    Such as `Players' drawings: 86.1% to 87.0% right (surely no worse than 85.9%).`
    """
    check = next((check for check in decision.checks if check.name == PLAYERS), None)
    if check is None or check.difference is None or check.low is None or check.high is None:
        return "Players' drawings: there are no answers yet to compare on."
    before = decision.players_before
    if before is None:
        return (
            "Players' drawings: how many are right is not known, as players confirm no right guess."
        )
    change = describe_change(before, check.difference, check.low, check.high)
    return f"Players' drawings: {change}."


def describe_change(before: float, difference: float, low: float, high: float) -> str:
    """Return a change of accuracy: `86.1% to 87.0% right (surely no worse than 85.9%)`.

    Args:
        before: the accuracy before, 0 to 1.
        difference: by how much it changed, -1 to 1.
        low: the lower bound of the difference.
        high: the upper bound. Below 0 it is what the sentence says, as that is sure then.
    """
    if high < 0:
        sure = f"surely no better than {format_percent(before + high)}"
    else:
        sure = f"surely no worse than {format_percent(max(0.0, before + low))}"
    return f"{format_percent(before)} to {format_percent(before + difference)} right ({sure})"
