"""Make the files of a version again: of a retrained head, of a new baseline, and of the first."""

from pathlib import Path
from typing import Any, NamedTuple

from pipeline.cards.files import list_describing_files
from pipeline.cards.gather import CardParts, Parent, gather, gather_first
from pipeline.dataset import hdf5
from pipeline.errors import NotRebuildable
from pipeline.fit.challenger import FittedHead, fit_challenger
from pipeline.fit.champion import Challenger, Champion
from pipeline.fit.feature_cache import open_cache
from pipeline.formats.kinds import write_formats
from pipeline.gate import judge
from pipeline.gate.int8 import judge_int8
from pipeline.gate.predicting import Competitor, Competitors
from pipeline.lineage.describe import describe_dataset, describe_fit
from pipeline.model.file import read_predictor, replace_head
from pipeline.pages.report import render_report
from pipeline.publishing import choose_asking, describe_metrics
from pipeline.rebaseline.report import render_training
from pipeline.rebuilding.parent import load_baseline, load_parent, sample_again
from pipeline.rebuilding.stored import StoredVersion
from pipeline.rebuilding.work import Work
from pipeline.records.cards import CARD_JSON
from pipeline.records.dataset import Split
from pipeline.records.metrics import Metrics
from pipeline.records.runs import AnswerSample, Decision
from pipeline.records.versions import ModelMetrics, ModelVersion
from pipeline.settings import Settings
from pipeline.storage_paths import version_folder
from pipeline.versions.asking import AskingPolicy
from pipeline.versions.contents import list_files
from pipeline.versions.guesses import GUESSES
from pipeline.versions.storing import make_contents


class Remade(NamedTuple):
    """A version that was made again. files: by name. taken: what was not, but is as recorded."""

    files: dict[str, bytes]
    taken: list[str]


class Parts(NamedTuple):
    """What the files of a version are made from."""

    model: bytes
    evaluation: Metrics
    metrics: ModelMetrics
    policy: AskingPolicy
    card: CardParts
    report: str | None = None
    gate: Decision | None = None
    fit: FittedHead | None = None
    sample: AnswerSample | None = None


def remake(stored: StoredVersion, settings: Settings, work: Work) -> Remade:
    """Make the files of a version again, in memory.

    Args:
        stored: what is recorded of it.
        settings: those that it was made with; `settings.dataset_file` is what it was made from.
        work: of this rebuild.
    """
    lineage = stored.lineage
    always = ["the number, the time, the run, and the code and machine that the lineage names"]
    if lineage.parent is None:
        return Remade(
            _make_files(stored, _remake_first(stored, settings, work), settings),
            [*always, "the weights: a training is not the same byte for byte on each machine"],
        )
    champion = load_parent(stored, settings, work)
    sample = sample_again(stored, champion, settings)
    if sample is not None and champion.version.metrics is not None:
        if sample.drawings is not None:
            always.append(f"how many drawings the parent had guessed: {sample.drawings:,}")
    elif sample is not None:
        always.append("what the answers stand for, as the parent's metadata are lost")
    if lineage.fit is None:
        challenger = _read_new_baseline(stored, settings)
        always.append("the weights: a training is not the same byte for byte on each machine")
    else:
        challenger = _fit_again(champion, settings, sample, work)
    parts = _judge_again(stored, champion, challenger, sample, settings=settings, work=work)
    return Remade(_make_files(stored, parts, settings), always)


def _remake_first(stored: StoredVersion, settings: Settings, work: Work) -> Parts:
    """Measure the recorded weights of the first baseline again; this loads TensorFlow."""
    from pipeline import baseline as first

    model, revision = _require_model(stored), hdf5.describe(settings.dataset_file)
    training: dict[str, Any] = stored.lineage.training or {"history": {}}
    rows = revision.rows[Split.TRAIN]
    evaluation, _, guesses = first.evaluate_model(
        model, training["history"], rows, settings, work.on_progress
    )
    return Parts(
        model,
        evaluation.metrics,
        first.describe_metrics(evaluation.metrics, revision),
        first.calibrate_asking(model, settings),
        gather_first(settings.dataset_file, evaluation.metrics, guesses),
        render_report(evaluation),
    )


def _read_new_baseline(stored: StoredVersion, settings: Settings) -> Challenger:
    model = read_predictor(_require_model(stored))
    digest = hdf5.read_base_digest(settings.dataset_file)
    return Challenger(None, model, open_cache(settings.features_dir, model, digest, keep=None))


def _fit_again(
    champion: Champion, settings: Settings, sample: AnswerSample | None, work: Work
) -> Challenger:
    """Fit the head as the run did."""
    fitted = fit_challenger(
        champion.cache,
        settings.dataset_file,
        settings,
        since=champion.version.dataset_revision,
        possible=None if sample is None else (sample.possible_low, sample.possible_high),
        on_progress=work.on_progress,
    )
    model = read_predictor(replace_head(champion.file, fitted.head))
    return Challenger(fitted, model, champion.cache)


def _judge_again(
    stored: StoredVersion,
    champion: Champion,
    challenger: Challenger,
    sample: AnswerSample | None,
    *,
    settings: Settings,
    work: Work,
) -> Parts:
    """Judge the challenger as the gate did, and calibrate when it asks players."""
    path, fitted = settings.dataset_file, challenger.fit
    since = champion.version.dataset_revision
    competitors = Competitors(
        Competitor(champion.model.head, champion.cache),
        Competitor(challenger.model.head, challenger.cache),
        load_baseline(champion, work),
    )
    decision = judge.judge(
        competitors,
        None if fitted is None else judge.CrossedGuesses(fitted.cross_fitted, since),
        path,
        settings,
        possible=None if sample is None else (sample.possible_low, sample.possible_high),
        on_progress=work.on_progress,
    )
    revision = hdf5.describe(path)
    training: dict[str, Any] = stored.lineage.training or {"history": {}}
    return Parts(
        _require_model(stored) if fitted is None else replace_head(champion.file, fitted.head),
        decision.base.challenger,
        describe_metrics(decision, revision),
        choose_asking(challenger, path, settings, work.on_progress),
        _gather_card(
            champion, competitors, decision, work, path=path, retrained=fitted is not None
        ),
        render_training(challenger, revision, decision, path, training) if fitted is None else None,
        decision,
        fitted,
        sample,
    )


def _gather_card(
    champion: Champion,
    competitors: Competitors,
    decision: Decision,
    work: Work,
    *,
    path: Path,
    retrained: bool,
) -> CardParts:
    """Gather the card as the run did, from the parent's card in Storage."""
    version = champion.version
    parent = Parent(version, work.find_file(version.version, CARD_JSON), version.dataset_revision)
    return gather(
        parent,
        competitors,
        decision,
        path,
        retrained=retrained,
        on_progress=work.on_progress,
    )


def _make_files(stored: StoredVersion, parts: Parts, settings: Settings) -> dict[str, bytes]:
    """Make the files as a publication does; return them by name, the manifest among them."""
    recorded, path = stored.lineage, settings.dataset_file
    lineage = recorded.model_copy(
        update={
            "dataset": describe_dataset(path),
            "fit": (
                None
                if parts.fit is None or recorded.fit is None
                else describe_fit(parts.fit, path, settings, recorded.fit.since)
            ),
            "sample": parts.sample,
        }
    )
    version = ModelVersion(
        version=stored.version,
        created_at=recorded.created_at,
        storage_path=version_folder(stored.version),
        metrics=parts.metrics,
        parent=recorded.parent,
        baseline=recorded.baseline,
        dataset_revision=lineage.dataset.revision,
        categories=lineage.dataset.categories,
        run_id=recorded.run.id,
        gate=parts.gate,
    )
    int8 = judge_int8(read_predictor(parts.model), path, settings)
    files = list_files(
        parts.model,
        parts.evaluation,
        parts.policy,
        parts.report,
        int8=int8,
        formats=write_formats(parts.model, int8=int8.allowed),
        lineage=lineage,
        card=list_describing_files(parts.card),
    )
    if GUESSES not in stored.files and GUESSES not in stored.problems:
        del files[GUESSES]  # an older Redraw has published none
    return make_contents(version, files)


def _require_model(stored: StoredVersion) -> bytes:
    """Return the recorded weights of a baseline, from which everything else is made again."""
    if stored.model is None:
        raise NotRebuildable(
            f"{version_folder(stored.version)}/{stored.model_name} is lost or changed, and"
            f" {stored.version} is a baseline, whose weights come from a training that is not the"
            " same byte for byte on each machine: restore the file from a backup"
        )
    return stored.model
