"""Judge the open trial in a run, and do what follows: promote, roll back, end it, or go on.

What a run sees is recorded in the trial's document before anything follows from it, once for each
run. So a run that is repeated, after any fault, does what it would have done.
"""

import logging

import numpy as np

from pipeline.errors import (
    InvalidModel,
    NotFound,
    OtherClasses,
    ReleaseMoved,
    UnreadableDocument,
    VersionNotReady,
)
from pipeline.model.predict import Predictor
from pipeline.records.trials import (
    Trial,
    TrialKind,
    TrialLook,
    TrialReport,
    TrialState,
    TrialVerdict,
)
from pipeline.records.versions import VersionStatus
from pipeline.runs.classes import check_model
from pipeline.runs.context import RunContext
from pipeline.trial.arms import judge_arms
from pipeline.trial.evidence import ComparedModels, FreshAnswers, gather_answers
from pipeline.trial.plans import plan_watch
from pipeline.trial.sequence import judge_trial, judge_watch
from pipeline.trial.standing import RatioBounds, TrialStanding
from pipeline.trial.transitions import describe_kind
from pipeline.versions.load import load_version
from pipeline.versions.promotion import promote_version

log = logging.getLogger(__name__)


def judge_open_trial(context: RunContext) -> Trial | None:
    """Judge the open trial by all that is merged, and do what follows. Return it as it is then.

    This comes before the run chooses its champion, which may be the version on trial. A run that
    has chosen one has judged the trial before.

    Returns:
        The trial; None if none was open, or its document is gone.

    Raises:
        LeaseLost: another worker has taken the run over.
    """
    run = context.log.run
    if run.trial is None and run.champion is None:
        look_at_trial(context)
    report = context.log.run.trial
    if report is None:
        return None
    if run.champion is None:
        follow(report, context)
    try:
        return context.ports.trials.get(report.id)
    except (NotFound, UnreadableDocument) as error:
        log.warning("the trial was judged, and its document is gone: %s", error)
        return None


def look_at_trial(context: RunContext) -> None:
    """Look at the open trial, and record in trial and run what is seen."""
    trials = context.ports.trials
    try:
        trial = trials.current()
        if trial is None:
            return
        look = trial.find_look(context.run_id) or make_look(trial, context)
        noted = trials.note_look(trial.id, look, context.log.lease)
    except (NotFound, UnreadableDocument) as error:
        clear_lost(str(error), context)
        return
    seen = noted.find_look(context.run_id)
    if seen is None:
        return  # it has ended meanwhile
    context.log.note(
        trial=TrialReport(
            id=trial.id,
            version=trial.version,
            against=trial.against,
            kind=trial.kind,
            verdict=seen.verdict,
            sentence=f"{trial.version}, {describe_kind(trial)}: {seen.sentence}",
        )
    )


def make_look(trial: Trial, context: RunContext) -> TrialLook:
    """Return what the answers that were merged since the trial began say about it."""
    run = context.log.run
    assert run.revision is not None  # noqa: S101 - it is noted when the harvest is merged
    try:
        models = ComparedModels(
            load_compared(trial.against, context), load_compared(trial.version, context)
        )
    except (InvalidModel, NotFound, OtherClasses, UnreadableDocument, VersionNotReady) as error:
        standing = None
        sentence = f"the two versions cannot be compared: {error}"
    else:
        fresh = gather_answers(models, context.open_dataset(), trial.revision, context.log.progress)
        standing = judge_answers(trial, fresh, context)
        sentence = standing.sentence
    at = run.updated_at or run.requested_at
    verdict = TrialVerdict.FUTILE if standing is None else TrialVerdict(standing.verdict)
    if verdict is TrialVerdict.OPEN and at >= trial.ends_at:
        verdict = TrialVerdict.FUTILE
        sentence = f"its days are over: {sentence}"
    return TrialLook(
        run_id=run.id,
        at=at,
        revision=run.revision,
        verdict=verdict,
        answers=standing.answers if standing else 0,
        disagreements=standing.disagreements if standing else 0,
        players=standing.players if standing else 0,
        estimate=_keep_finite(standing.estimate) if standing else None,
        low=_keep_finite(standing.low) if standing else None,
        high=_keep_finite(standing.high) if standing else None,
        sentence=sentence,
    )


def judge_answers(trial: Trial, fresh: FreshAnswers, context: RunContext) -> TrialStanding:
    """Judge a trial by the rule of its kind."""
    gate = context.settings.gate
    # The whole range, and no estimate of these answers: it would change with later ones, and with
    # it what an earlier look has seen. It matters only where no chance is known.
    ratio = RatioBounds(1.0, gate.eagerness)
    if trial.kind is TrialKind.CANARY:
        arms = fresh.divide(trial.version, trial.against)
        return judge_arms(arms, ratio, gate.players_margin)
    judge = judge_watch if trial.kind is TrialKind.WATCH else judge_trial
    return judge(fresh.pair(), ratio, gate.players_margin)


def load_compared(version: str, context: RunContext) -> Predictor:
    """Load a version of a trial.

    Raises:
        NotFound: there is no such version, or its file is missing.
        UnreadableDocument: its document is not as Redraw writes it.
        VersionNotReady: it was withdrawn.
        InvalidModel: its file is damaged.
        OtherClasses: it has other classes than the settings name.
    """
    known = context.ports.models.get(version)
    if known.status is not VersionStatus.READY:
        raise VersionNotReady(f"{version} is {known.status}")
    file, model = load_version(known, context.ports.artefacts)
    check_model(version, file, model, context.settings)
    return model


def follow(report: TrialReport, context: RunContext) -> None:
    """Do what follows from a look. Repeating it changes nothing.

    If an owner has released another version meanwhile, or stopped the trial, that stands.
    """
    trials, lease = context.ports.trials, context.log.lease
    if report.verdict is TrialVerdict.OPEN:
        return
    is_watch = report.kind is TrialKind.WATCH
    moving = TrialVerdict.WORSE if is_watch else TrialVerdict.BETTER
    reason = report.sentence
    if report.verdict is moving:
        try:
            move_release(report, context)
        except ReleaseMoved as moved:
            log.warning("%s is not released: %s", report.version, moved)
            return
        except (NotFound, UnreadableDocument, VersionNotReady) as error:
            reason = f"{reason}; but {report.version} cannot be released: {error}"
        else:
            return
    trials.end(report.id, TrialState.ENDED, reason, lease=lease)


def move_release(report: TrialReport, context: RunContext) -> None:
    """Release the version of a trial; of a watch, this is the rollback, and it is not watched."""
    trial = context.ports.trials.get(report.id)
    watch = None
    if report.kind is not TrialKind.WATCH:
        revision = context.log.run.revision or 0
        watch = plan_watch(context.settings.trial, revision, context.run_id)
    promote_version(
        report.version,
        context.ports,
        by=context.run_id,
        why=report.sentence,
        replacing=trial.fence,
        lease=context.log.lease,
        watch=watch,
        trial=report.id,
    )


def clear_lost(problem: str, context: RunContext) -> None:
    """Clear a trial that the release names and that cannot be read, so that it stops nothing."""
    log.warning("the open trial is ended: %s", problem)
    try:
        release = context.ports.models.release()
    except UnreadableDocument:
        return  # the run itself says so
    if release is not None and release.trial is not None:
        context.ports.trials.end(
            release.trial.salt, TrialState.ENDED, problem, lease=context.log.lease
        )
        remark = f"the trial of {release.trial.version} was ended: {problem}"
        context.log.note(remarks=[*context.log.run.remarks, remark])


def _keep_finite(share: float) -> float | None:
    return float(share) if np.isfinite(share) else None
