"""Say what a trial has shown, in words for the owner of a game."""

from pipeline.formatting import format_points
from pipeline.gate.paired import ConfidenceInterval
from pipeline.gate.words import describe_interval
from pipeline.trial.standing import Verdict

MEANINGS = {
    Verdict.BETTER: "better",
    Verdict.WORSE: "worse for sure",
    Verdict.FUTILE: "no gain worth waiting for",
}
"""What the verdicts that end a trial say."""


def describe_difference(difference: ConfidenceInterval) -> str:
    """Return the estimate and both bounds in one sentence."""
    amount = format_points(abs(difference.estimate))
    direction = "fewer" if difference.estimate < 0 else "more"
    return (
        f"of players' drawings it recognises {amount} {direction} as measured,"
        f" {describe_interval(difference)} for sure"
    )
