"""What the command line and the pages say about a run: result, reason, trouble, steps."""

from pipeline.gate.summary import describe_players
from pipeline.records.runs import Decision, Run, RunState
from pipeline.runs.slot import format_time


def describe_result(run: Run, decision: Decision) -> str:
    """Return in two sentences what a run means for players: how many are right, who gets it."""
    if run.state is RunState.PROMOTED:
        release = "Released to all."
    elif decision.outcome is RunState.REJECTED:
        release = "Not released, as it would do harm."
    else:
        release = "Not released."
    return f"{describe_players(decision)} {release}"


def describe_trouble(run: Run) -> str | None:
    """Return which fault keeps a run from getting further; None if none does."""
    trouble = run.trouble
    if trouble is None or run.state.ended:
        return None
    return (
        f"gets no further since {format_time(trouble.since)}, tried again from "
        f"{format_time(trouble.retry_at)}: {trouble.message}"
    )


def find_reason(run: Run) -> str | None:
    """Return why the run ended so, without the reasons that the gate's checks give themselves."""
    decision = run.decision
    if decision is None or run.reason != "; ".join(decision.reasons):
        return run.reason
    return decision.reasons[-1] if decision.outcome is RunState.HELD else None


def sort_steps(seconds: dict[str, float]) -> list[tuple[str, float]]:
    """Return steps with their seconds in the order in which a run executes them."""
    return [(state, seconds[state]) for state in RunState if state in seconds]
