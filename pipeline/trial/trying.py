"""Put a challenger on trial: what a run does after the gate, instead of releasing it."""

from pipeline.errors import (
    NotFound,
    ReleaseMoved,
    TrialUnderWay,
    UnreadableDocument,
    VersionNotReady,
)
from pipeline.records.runs import Decision
from pipeline.records.versions import ModelVersion
from pipeline.runs.context import RunContext
from pipeline.trial.plans import is_for_trial, plan_trial
from pipeline.trial.transitions import describe_kind


def find_obstacle(context: RunContext) -> str | None:
    """Return why a challenger cannot go on trial now; None if it can.

    A run that has published its challenger asks no more: it goes on.
    """
    if context.log.run.version is not None:
        return None
    try:
        trial = context.ports.trials.current()
    except UnreadableDocument:
        return None  # to begin a trial replaces it
    return None if trial is None else f"{trial.version} is {describe_kind(trial)}"


def wants_trial(decision: Decision, context: RunContext) -> bool:
    """Return whether the challenger of this run is to go on trial."""
    return is_for_trial(decision, context.settings.trial)


def put_on_trial(version: ModelVersion, context: RunContext) -> str:
    """Put the published challenger on trial. Return the reason with which the run is held."""
    run = context.log.run
    plan = plan_trial(context.settings.trial, run.revision or 0, f"run {run.id}", run.id)
    try:
        trial, _ = context.ports.trials.begin(
            version.version, plan, replacing=run.release_fence, lease=context.log.lease
        )
    except (NotFound, ReleaseMoved, TrialUnderWay, UnreadableDocument, VersionNotReady) as error:
        return f"{version.version} is ready, but not on trial: {error}"
    return f"{trial.version} is on trial beside {trial.against} ({trial.kind})"
