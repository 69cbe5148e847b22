"""Publish a run's challenger as a version: its model in all formats, and what belongs to it."""

from pathlib import Path
from typing import NamedTuple

from pipeline.cards.files import list_describing_files
from pipeline.cards.gather import Parent, gather, read_card
from pipeline.fit.champion import Challenger, Champion
from pipeline.fit.feature_cache import load_base_features
from pipeline.formats.kinds import write_formats
from pipeline.gate.golden import pick_golden
from pipeline.gate.int8 import judge_int8
from pipeline.gate.predicting import Competitor, Competitors
from pipeline.lineage.describe import describe_challenger
from pipeline.model.answers import predict
from pipeline.progress import OnProgress, silent
from pipeline.rebaseline.report import report_baseline
from pipeline.records.dataset import DatasetRevision, Split
from pipeline.records.formats import Int8Decision
from pipeline.records.releases import Promotion
from pipeline.records.runs import Decision, RunKind
from pipeline.records.versions import ModelMetrics
from pipeline.runs.context import RunContext
from pipeline.settings import Settings
from pipeline.storage_paths import CHALLENGER, RUN_ASKING, RUN_INT8
from pipeline.versions import asking, publish
from pipeline.versions.contents import MakeFile, list_files


class Judged(NamedTuple):
    """A challenger with what was decided about it."""

    champion: Champion
    challenger: Challenger
    revision: DatasetRevision
    decision: Decision


def calibrate_asking(challenger: Challenger, context: RunContext) -> asking.AskingPolicy:
    """Return when to ask players about the challenger's guesses; calibrated once, on base val.

    Players' own val rows take no part. They are corrections, so nearly all of them are hard, and
    no sample of all guesses.
    """

    def calibrate() -> bytes:
        policy = choose_asking(
            challenger, context.open_dataset(), context.settings, context.log.progress
        )
        return policy.model_dump_json().encode()

    return asking.AskingPolicy.model_validate_json(context.once(RUN_ASKING, calibrate))


def decide_int8(challenger: Challenger, context: RunContext) -> Int8Decision:
    """Return whether the version gets an int8 file; decided once, on base rows of test."""

    def judge() -> bytes:
        decision = judge_int8(
            challenger.model, context.open_dataset(), context.settings, context.log.progress
        )
        return decision.model_dump_json().encode()

    return Int8Decision.model_validate_json(context.once(RUN_INT8, judge))


def choose_asking(
    challenger: Challenger, path: Path, settings: Settings, on_progress: OnProgress = silent
) -> asking.AskingPolicy:
    """Return when to ask players, from the base rows of val in the data set `path`."""
    features = load_base_features(challenger.cache, path, Split.VAL, asking.MOST_ROWS, on_progress)
    return asking.calibrate(
        predict(features, challenger.model.head),
        budget=settings.ask.budget,
        audit=settings.ask.audit,
        categories=settings.categories,
    )


def describe_metrics(decision: Decision, revision: DatasetRevision) -> ModelMetrics:
    """Return the figures that the game shows of a challenger."""
    clean = decision.base.challenger
    return ModelMetrics(
        accuracy=clean.accuracy,
        loss=clean.loss,
        training_samples=revision.rows[Split.TRAIN],
        corrections=revision.corrections,
        players_accuracy=decision.players_after,
        recall=clean.recall,
    )


def make_card(judged: Judged, context: RunContext) -> dict[str, MakeFile]:
    """Return the challenger's card and guesses as files; the same each time."""
    champion, challenger = judged.champion, judged.challenger
    version = champion.version
    parent = Parent(
        version,
        read_card(version.version, context.ports.artefacts),
        version.dataset_revision,
    )
    competitors = Competitors(
        Competitor(champion.model.head, champion.cache),
        Competitor(challenger.model.head, challenger.cache),
        None,
    )
    parts = gather(
        parent,
        competitors,
        judged.decision,
        context.open_dataset(),
        retrained=challenger.fit is not None,
        on_progress=context.log.progress,
    )
    return list_describing_files(parts)


def publish_challenger(
    judged: Judged, promotion: Promotion | None, context: RunContext
) -> publish.Published:
    """Publish the challenger as a version, with its asking policy and report.

    Args:
        judged: the challenger.
        promotion: how it is released; None: it is only ready.
        context: of the run.
    """
    champion, challenger, revision, decision = judged
    policy = calibrate_asking(challenger, context)
    report = report_baseline(challenger, revision, decision, context)
    artefacts = context.ports.artefacts
    model = artefacts.read(context.path(CHALLENGER))
    int8 = decide_int8(challenger, context)
    is_baseline = context.log.run.kind is RunKind.BASELINE
    publication = publish.Publication(
        run_id=context.run_id,
        choose_number=publish.next_baseline if is_baseline else publish.next_patch,
        files=list_files(
            model,
            decision.base.challenger,
            policy,
            report,
            int8=int8,
            formats=write_formats(model, int8=int8.allowed),
            lineage=describe_challenger(champion, challenger, context),
            card=make_card(judged, context),
        ),
        metrics=describe_metrics(decision, revision),
        parent=champion.version.version,
        baseline=None if is_baseline else champion.baseline,
        dataset_revision=revision.revision,
        categories=revision.categories,
        golden=pick_golden(challenger.model, context.open_dataset()),
        gate=decision,
        signer=context.settings.require_signer(),
        lease=context.log.lease,
        promotion=promotion,
    )
    return publish.publish(
        publication, artefacts, context.ports.models, on_progress=context.log.progress
    )
