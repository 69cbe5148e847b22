"""Execute a run, top to bottom: from pending corrections to a released version, or to a reason.

Each step stores its result under `runs/{runId}/` in Storage, created once. When a run is repeated,
after any fault and on any machine, it reads what is there and continues, so it ends where an
undisturbed run would have ended.
"""

import logging
from typing import NamedTuple

from pipeline.corrections import gathering
from pipeline.corrections.additions import merge_harvest
from pipeline.corrections.collect import Harvest
from pipeline.corrections.player_key import check_player_key
from pipeline.corrections.remarks import describe_harvest
from pipeline.corrections.settlement import settle
from pipeline.dataset.storing_samples import store_samples
from pipeline.errors import DatasetDamaged, DatasetMissing
from pipeline.fit.champion import (
    Challenger,
    Champion,
    fit_challenger,
    load_baseline_head,
    load_champion,
)
from pipeline.gate import judge
from pipeline.gate.predicting import Competitor, Competitors
from pipeline.lineage.origin import go_by_record
from pipeline.publishing import Judged, publish_challenger
from pipeline.rebaseline.challenger import train_challenger
from pipeline.rebaseline.offer import note_offer
from pipeline.records.dataset import DatasetRevision
from pipeline.records.releases import Promotion
from pipeline.records.runs import Counts, Decision, Run, RunKind, RunState
from pipeline.records.versions import ModelVersion
from pipeline.run_errors import RunCancelled
from pipeline.runs.classes import check_categories
from pipeline.runs.context import RunContext
from pipeline.runs.sample import note_sample, read_possible
from pipeline.runs.tensorflow_use import check_tensorflow
from pipeline.runs.unchanged import explain_unchanged, training_digest
from pipeline.screening.screen import ScreenedHarvest, screen_harvest
from pipeline.trial.alone import is_for_trial_alone, summarize
from pipeline.trial.judging import judge_open_trial
from pipeline.trial.plans import plan_watch
from pipeline.trial.trying import find_obstacle, put_on_trial, wants_trial
from pipeline.versions.giving_up import give_up_reserved
from pipeline.versions.released import find_released

logger = logging.getLogger(__name__)

FRESH_COPIES = 2
"""How often an execution of a run takes a new copy of a data set that was deleted or damaged."""


class Outcome(NamedTuple):
    """How an attempt ended.

    state: an end, or `collecting` while other workers collect the batches.
    settled: the harvest whose corrections now move on; None leaves them pending.
    version: what was published, if anything was.
    """

    state: RunState
    reason: str | None = None
    settled: ScreenedHarvest | None = None
    version: str | None = None


def retrain(context: RunContext, send: gathering.SendBatches | None = None) -> Run:
    """Execute the run whose lease `context.log` holds, and return it.

    Args:
        context: the run, with everything it works on.
        send: hands batches to other workers. The run may then come back still collecting; it is
            executed again when its batches are collected.

    Raises:
        Retryable: a temporary fault; execute the run again.
        LeaseLost: another worker has taken the run over.
        RedrawError: the run cannot succeed.
    """
    try:
        outcome = attempt_with_dataset(context, send)
    except RunCancelled as request:
        give_up_number(str(request), context)
        return context.log.end(RunState.CANCELLED, str(request))
    if outcome.settled is not None:
        settle(outcome.settled.harvest, outcome.settled.not_merged, outcome.version, context)
    if not outcome.state.ended:
        return context.log.run
    return context.log.end(outcome.state, outcome.reason)


def give_up_number(why: str, context: RunContext) -> None:
    """Give up the number that a cancelled run has reserved, and delete what is stored for it."""
    if context.log.run.decision is not None:
        ports, lease = context.ports, context.log.lease
        give_up_reserved(context.run_id, why, ports.artefacts, ports.models, lease=lease)


def attempt_with_dataset(context: RunContext, send: gathering.SendBatches | None) -> Outcome:
    """Attempt the run; if the local data set is lost under it, fetch it and attempt it again.

    The steps that were done are not done again: their results are stored.

    Raises:
        DatasetMissing: it was deleted each time.
        DatasetDamaged: it was damaged each time.
    """
    for _ in range(FRESH_COPIES):
        try:
            return attempt(context, send)
        except (DatasetMissing, DatasetDamaged) as fault:
            logger.warning("run %s goes on with a new copy: %s", context.run_id, fault)
    return attempt(context, send)


def attempt(context: RunContext, send: gathering.SendBatches | None) -> Outcome:
    """Take the run through its steps, as far as it gets."""
    log = context.log
    with log.step(RunState.COLLECTING):
        check_tensorflow(context)
        check_release(context)
        check_categories(context)
        harvest = collect(context, send)
    if harvest is None:
        return Outcome(RunState.COLLECTING)
    with log.step(RunState.MERGING):
        screened = screen_harvest(harvest, context)
        revision = merge_harvest(screened.harvest, screened.not_merged, context)
        store_samples(context.ports.artefacts, context.open_dataset(), log.progress)
        remarks = note_remarks(screened, context)
        log.note(answers=revision.corrections + revision.confirmations)
        trial = judge_open_trial(context)
    if is_for_trial_alone(context):
        return Outcome(*summarize(trial, context), screened)
    released = choose_champion(context)
    if reason := find_reason_to_skip(revision, released, context):
        return Outcome(RunState.SKIPPED, "; ".join([reason, *remarks]), screened)
    with log.step(RunState.FITTING):
        context = go_by_record(context)
        champion = load_champion(released, context)
        note_sample(released, context)
        challenger = make_challenger(champion, context)
    with log.step(RunState.JUDGING):
        decision = judge_challenger(champion, challenger, context)
        note_offer(decision, remarks, context)
    return conclude(Judged(champion, challenger, revision, decision), screened, context)


def conclude(judged: Judged, screened: ScreenedHarvest, context: RunContext) -> Outcome:
    """Release the challenger, put it on trial, or leave it, as the gate and the settings say."""
    decision, reasons = judged.decision, "; ".join(judged.decision.reasons)
    tried = wants_trial(decision, context)
    if tried and (obstacle := find_obstacle(context)):
        return Outcome(RunState.HELD, f"{obstacle}, so this one is not tried: {reasons}", screened)
    if not tried and decision.outcome is not RunState.PROMOTED:
        return Outcome(decision.outcome, reasons, screened)
    with context.log.step(RunState.PUBLISHING):
        promotion = None if tried else plan_promotion(judged, context)
        version, held = publish_challenger(judged, promotion, context)
        if tried:
            held = put_on_trial(version, context)
        elif held is not None:
            held = f"{version.version} is ready, but not released: {held}"
    if held is not None:
        return Outcome(RunState.HELD, f"{held}: {reasons}", screened, version.version)
    return Outcome(RunState.PROMOTED, reasons, screened, version.version)


def collect(context: RunContext, send: gathering.SendBatches | None) -> Harvest | None:
    """Collect the pending corrections once; None while other workers collect batches of them."""
    log, ports = context.log, context.ports
    check_player_key(ports, context.settings)
    if not gathering.gather(log.run.id, ports, context.settings, log.progress, send):
        return None
    harvest = gathering.read_harvest(log.run.id, ports.artefacts)
    log.note(counts=Counts(collected=len(harvest.ids) + len(harvest.unusable)))
    return harvest


def check_release(context: RunContext) -> None:
    """Raise at once what would stop the run after all its work: a release that cannot be used."""
    context.settings.require_signer()
    if context.log.run.champion is None:
        find_released(context.ports.models)


def note_remarks(screened: ScreenedHarvest, context: RunContext) -> list[str]:
    """Record what is odd about the corrections, for the owner, and return it."""
    statuses = context.ports.corrections.count_statuses()
    remarks = describe_harvest(screened.harvest, screened.not_merged, statuses)
    context.log.note(remarks=remarks)
    return remarks


def choose_champion(context: RunContext) -> ModelVersion:
    """Return the version that was released when the run first came here.

    If another one is released before the run's end, the run does not promote its own.
    """
    models, log = context.ports.models, context.log
    if log.run.champion is None:
        released = find_released(models)
        log.note(champion=released.version.version, release_fence=released.release.fence)
        return released.version
    return models.get(log.run.champion)


def find_reason_to_skip(
    revision: DatasetRevision, champion: ModelVersion, context: RunContext
) -> str | None:
    """Return why there is nothing new to fit; None if there is something."""
    run = context.log.run
    # A new baseline may learn more from the same drawings: by other layers, or another recipe.
    if run.kind is RunKind.RETRAIN and champion.dataset_revision == revision.revision:
        return f"{champion.version} has learned everything in the data set already"
    digest = training_digest(revision.digest, champion.version, run, context.settings)
    context.log.note(training_digest=digest)
    judged = context.ports.runs.find_judged(digest)
    return None if judged is None else explain_unchanged(judged)


def make_challenger(champion: Champion, context: RunContext) -> Challenger:
    """Fit a new head on the champion's backbone, or train a new baseline."""
    if context.log.run.kind is RunKind.BASELINE:
        return train_challenger(champion, context)
    return fit_challenger(champion, context)


def judge_challenger(champion: Champion, challenger: Challenger, context: RunContext) -> Decision:
    """Return the gate's decision, made once, on drawings that the challenger has not seen."""
    if context.log.run.decision is not None:
        return context.log.run.decision
    baseline = load_baseline_head(champion, context)
    competitors = Competitors(
        Competitor(champion.model.head, champion.cache),
        Competitor(challenger.model.head, challenger.cache),
        None if baseline is None else Competitor(baseline, champion.cache),
    )
    # A new baseline has nothing crossed: that would take five trainings.
    crossed = None
    if challenger.fit is not None:
        since = champion.version.dataset_revision
        crossed = judge.CrossedGuesses(challenger.fit.cross_fitted, since)
    decision = judge.judge(
        competitors,
        crossed,
        context.open_dataset(),
        context.settings,
        possible=read_possible(context.log.run),
        on_progress=context.log.progress,
    )
    context.log.note(decision=decision)
    return decision


def plan_promotion(judged: Judged, context: RunContext) -> Promotion:
    """Return how the challenger is released, unless another version was during the run."""
    run = context.log.run
    return Promotion(
        by=run.id,
        why="; ".join(judged.decision.reasons),
        replacing=run.release_fence,
        watch=plan_watch(context.settings.trial, run.revision or 0, run.id),
    )
