"""Runs that were started for a trial: most of them judge it, and leave the fit to a later run.

A fit for every fifty answers would learn little, and each fit is one more chance for the gate to
err. What such a run merges counts as if it were still pending: a fit follows when it would have
been due without a trial.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np

from pipeline.dataset.origins import read_split_origins
from pipeline.records.dataset import Split
from pipeline.records.runs import RunState, Trigger
from pipeline.records.trials import Trial, TrialState
from pipeline.runs.context import RunContext
from pipeline.runs.unchanged import JUDGED
from pipeline.settings import Settings
from pipeline.versions.released import find_released

MOST_RUNS = 30
"""The newest runs, among which the last one that fitted is looked for."""
NIGHT = timedelta(days=1)


class _LastFit(NamedTuple):
    """The revision that was learned last, and when; None: longer ago than is known."""

    revision: int
    at: datetime | None


def is_for_trial_alone(context: RunContext) -> bool:
    """Return whether this run only judges the trial.

    One that has chosen its champion has decided to fit.
    """
    run = context.log.run
    if run.trigger is not Trigger.TRIAL or run.champion is not None:
        return False
    last = _find_last_fit(context)
    path = context.open_dataset()
    unlearned = sum(
        int(np.count_nonzero(read_split_origins(path, split).revisions > last.revision))
        for split in Split
    )
    now = run.updated_at or run.requested_at
    waited = None if last.at is None else now - last.at
    return not is_fit_due(unlearned, waited, context.settings)


def is_fit_due(unlearned: int, waited: timedelta | None, settings: Settings) -> bool:
    """Return whether answers that are merged, and learned from by no fit, are enough for one.

    The numbers are those that start a run where answers wait as pending ones.

    Args:
        unlearned: how many there are.
        waited: the time since the last fit; None if that is not known.
        settings: the triggers.
    """
    trigger = settings.trigger
    enough = [(settings.retrain_threshold, timedelta(0))]
    enough += [(trigger.fewest_pending, NIGHT), (1, timedelta(hours=trigger.age_hours))]
    return any(
        unlearned >= number and (waited is None or waited >= time) for number, time in enough
    )


def summarize(trial: Trial | None, context: RunContext) -> tuple[RunState, str]:
    """Return how a run ends that only judged a trial: its state and reason.

    It ends as promoted if the version on trial was released, and records that version, which has
    learned from none of the run's corrections. What else it did, the reason says.
    """
    report = context.log.run.trial
    if report is None:
        return RunState.SKIPPED, "no trial is open any more"
    if trial is None or trial.state is not TrialState.PROMOTED:
        return RunState.SKIPPED, report.sentence
    context.log.note(version=trial.version)
    return RunState.PROMOTED, report.sentence


def _find_last_fit(context: RunContext) -> _LastFit:
    for run in context.ports.runs.list(MOST_RUNS):
        if run.state in JUDGED and run.decision is not None and run.revision is not None:
            return _LastFit(run.revision, run.ended_at)
    return _LastFit(find_released(context.ports.models).version.dataset_revision, None)
