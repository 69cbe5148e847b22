"""Plan trials and watches from the settings, and say which challengers go on trial."""

from typing import Any

from pydantic import ValidationError

from pipeline.errors import InvalidTrial
from pipeline.gate.summary import PLAYERS
from pipeline.records.runs import CheckStanding, Decision, RunState
from pipeline.records.trials import TrialKind, TrialPlan
from pipeline.settings import Settings
from pipeline.version_settings import TrialSettings


def is_for_trial(decision: Decision, settings: TrialSettings) -> bool:
    """Return whether a challenger goes on trial instead of being released, or left.

    Args:
        decision: the gate's. A held challenger must be expected to gain on players' drawings, and
            nothing else may be open: a trial says nothing about clean drawings.
        settings: which challengers the owner wants to try.
    """
    if decision.outcome is RunState.PROMOTED:
        return settings.when == "always"
    undecided = {check.name for check in decision.checks if check.standing is CheckStanding.OPEN}
    held = decision.outcome is RunState.HELD and undecided <= {PLAYERS}
    return held and settings.when != "never" and (decision.expected_gain or 0) > 0


def change_rules(settings: Settings, **rules: Any) -> Settings:
    """Return settings with another kind, share or days of a trial.

    Raises:
        InvalidTrial: they do not go together, as a canary with all players does not.
    """
    try:
        changed = TrialSettings(**{**settings.trial.model_dump(), **rules})
    except ValidationError as error:
        raise InvalidTrial(
            "; ".join(fault["msg"].removeprefix("Value error, ") for fault in error.errors())
        ) from None
    return settings.model_copy(update={"trial": changed})


def plan_trial(
    settings: TrialSettings, revision: int, started_by: str, run_id: str | None = None
) -> TrialPlan:
    """Return the trial that the settings describe.

    Args:
        settings: kind, share and days.
        revision: of the data set; answers that are merged later are the trial's evidence.
        started_by: an owner, or the run.
        run_id: the run that starts it, if one does.
    """
    return TrialPlan(
        kind=TrialKind(settings.kind),
        share=settings.share,
        days=settings.days,
        revision=revision,
        started_by=started_by,
        run_id=run_id,
    )


def plan_watch(settings: TrialSettings, revision: int, run_id: str) -> TrialPlan | None:
    """Return the watch that follows a promotion by a run; None if the settings want none.

    No player sees another guess because of a watch, so the share of a canary does not limit it.
    """
    if settings.when == "never" or not settings.watch_days:
        return None
    return TrialPlan(
        kind=TrialKind.WATCH,
        share=1.0 if settings.kind == "canary" else settings.share,
        days=settings.watch_days,
        revision=revision,
        started_by=f"run {run_id}",
        run_id=run_id,
    )
