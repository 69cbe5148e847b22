"""What the command line and the pages say about a run: result, reason, trouble, steps."""

from pipeline.gate.summary import describe_players
from pipeline.records.runs import Decision, Run, RunKind, RunState, Trigger
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


DOING = {
    RunState.REQUESTED: "Waiting for a worker",
    RunState.COLLECTING: "Collecting what players sent",
    RunState.MERGING: "Screening it and adding it to the data set",
    RunState.FORGETTING: "Deleting what is the player's",
    RunState.FITTING: "Fitting a new model",
    RunState.JUDGING: "Judging it against the released one",
    RunState.PUBLISHING: "Publishing it",
}
"""What a run does in a state that is no end."""

STEP_NAMES = {
    RunState.COLLECTING: "collect",
    RunState.MERGING: "merge",
    RunState.FORGETTING: "forget",
    RunState.FITTING: "fit",
    RunState.JUDGING: "judge",
    RunState.PUBLISHING: "publish",
}
"""The steps in one word each."""

TRIGGER_WORDS = {
    Trigger.PERSON: "an owner asked for it",
    Trigger.CLOCK: "the nightly check",
    Trigger.PENDING: "enough corrections were pending",
    Trigger.AGE: "a correction had been pending for long",
    Trigger.DRIFT: "players corrected the release more often than before",
    Trigger.TRIAL: "a trial could be judged",
    Trigger.OFFER: "a run had offered a new baseline",
}
"""Why a run was made."""

KIND_WORDS = {
    RunKind.RETRAIN: "retrain",
    RunKind.BASELINE: "new baseline",
    RunKind.FORGET: "forget a player",
}
"""What a run makes."""


_ENDED = {
    RunState.REJECTED: "The new model was worse somewhere, so nothing was released",
    RunState.HELD: "Not enough is known to release the new model",
    RunState.SKIPPED: "There was nothing new to learn",
    RunState.FAILED: "The run failed",
    RunState.CANCELLED: "The run was cancelled",
    RunState.FORGOTTEN: "Nothing is left of the player",
}


def describe_end(run: Run) -> str:
    """Return in a short sentence how a run ended, or what it does."""
    if run.state is RunState.PROMOTED:
        return f"{run.version or 'A new version'} was released"
    if run.state is RunState.HELD and run.version is not None:
        return f"{run.version} is ready; the run did not release it"
    return {**DOING, **_ENDED}[run.state]


_ADVICE = {
    RunState.HELD: "Nothing is to be done: the next run learns from these answers too.",
    RunState.REJECTED: (
        "Nothing is to be done: what was merged stays in the data set, and the next run learns "
        "from it too."
    ),
    RunState.FAILED: (
        "Repair what the reason names, then retrain. Corrections that were not merged are pending "
        "for the next run."
    ),
    RunState.CANCELLED: "Corrections that were not merged are pending for the next run.",
}


def advise(run: Run) -> str | None:
    """Return what the owner may do about a run that has ended; None if nothing is to be done."""
    if run.state is RunState.HELD and run.version is not None:
        return (
            f"You may release {run.version} all the same, or try it on some players first. "
            "Otherwise nothing is to be done: the next run learns from these answers too."
        )
    return _ADVICE.get(run.state)
