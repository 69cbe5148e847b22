"""Make the first version, top to bottom: data set, training, referee, report, publication."""

import hashlib
import json
import time
from pathlib import Path
from typing import NamedTuple

from pipeline.cards.files import list_describing_files
from pipeline.cards.gather import gather_first
from pipeline.dataset import hdf5, revisions
from pipeline.dataset.preprocess import preprocess
from pipeline.dataset.storing_samples import store_samples
from pipeline.errors import InvalidDataset, NotFound, UnreadableDocument
from pipeline.files import write_atomically
from pipeline.formats.kinds import write_formats
from pipeline.gate.golden import pick_golden
from pipeline.gate.int8 import judge_int8
from pipeline.lineage.describe import describe_first
from pipeline.lineage.origin import record_origin
from pipeline.model import metrics
from pipeline.model.cnn import dump_model, load_model
from pipeline.model.file import read_predictor
from pipeline.model.one_thread import one_blas_thread
from pipeline.pages.report import Evaluation, Speed, render_report
from pipeline.ports import Ports
from pipeline.progress import OnProgress, silent
from pipeline.records.dataset import DatasetRevision, Split
from pipeline.records.metrics import Metrics
from pipeline.records.releases import Promotion
from pipeline.records.versions import ModelMetrics, ModelVersion
from pipeline.runs.classes import check_dataset
from pipeline.screening.referee_training import load_or_train_referee
from pipeline.settings import Settings
from pipeline.training.recipes import RECIPES
from pipeline.training.train import remove_checkpoints, train
from pipeline.versions import publish
from pipeline.versions.asking import MOST_ROWS, AskingPolicy, calibrate
from pipeline.versions.contents import list_files
from pipeline.versions.guesses import Guesses
from pipeline.versions.released import LOST, advise_promotion, find_newest_ready


class Baseline(NamedTuple):
    """The published version, its metrics, and whether it is released."""

    version: ModelVersion
    metrics: Metrics
    released: bool


def make_baseline(
    raw: Path, ports: Ports, settings: Settings, on_progress: OnProgress = silent
) -> Baseline:
    """Train and publish a baseline; release it if nothing is released yet.

    Repeated after an interruption, it continues where it stopped.

    Args:
        raw: the folder with the raw drawings.
        ports: the project.
        settings: of this process.
        on_progress: called while the steps go on.
    """
    settings.require_signer()
    check_publication(ports, settings)
    revision = prepare_dataset(raw, settings, on_progress)
    revisions.store_base(ports.artefacts, settings.dataset_file)
    store_samples(ports.artefacts, settings.dataset_file, on_progress)
    model = train_model(revision, settings, on_progress)
    load_or_train_referee(
        ports.artefacts,
        settings.dataset_file,
        seed=settings.seed,
        precision=settings.precision,
        on_progress=on_progress,
    )
    training = json.loads(settings.baseline_file.with_suffix(".json").read_text())
    evaluation, speed, guesses = evaluate_model(
        model, training["history"], revision.rows[Split.TRAIN], settings, on_progress
    )
    metrics = evaluation.metrics
    write_atomically(settings.report_file, render_report(evaluation, speed).encode())
    int8 = judge_int8(read_predictor(model), settings.dataset_file, settings, on_progress)
    run_id = name_baseline(model)
    lineage = describe_first(
        run_id,
        settings.dataset_file,
        training,
        record_origin(run_id, ports.artefacts, settings),
    )
    first = ports.models.release() is None
    publication = publish.Publication(
        run_id=run_id,
        choose_number=publish.next_baseline,
        files=list_files(
            model,
            metrics,
            calibrate_asking(model, settings),
            render_report(evaluation),
            int8=int8,
            formats=write_formats(model, int8=int8.allowed),
            lineage=lineage,
            card=list_describing_files(gather_first(settings.dataset_file, metrics, guesses)),
        ),
        metrics=describe_metrics(metrics, revision),
        parent=None,
        dataset_revision=revision.revision,
        categories=revision.categories,
        signer=settings.require_signer(),
        golden=pick_golden(read_predictor(model), settings.dataset_file),
        promotion=Promotion(run_id, "the first baseline", replacing=0) if first else None,
    )
    version, _ = publish.publish(publication, ports.artefacts, ports.models)
    return Baseline(version, metrics, version.active)


def check_publication(ports: Ports, settings: Settings) -> None:
    """Raise at once what would stop the baseline, or mislead it, after an hour of training.

    Raises:
        NotFound: the release was deleted. A baseline would be released in its place, which knows
            nothing of the corrections that were learned.
        UnreadableDocument: the release cannot be read.
        AccessDenied: Storage cannot be read.
    """
    models = ports.models
    try:
        released = models.release() is not None
    except UnreadableDocument as error:
        raise UnreadableDocument(error.path, error.problem, advise_promotion(models)) from error
    publish.find_taken_numbers(ports.artefacts)
    if released:
        return
    # An earlier call may have stopped between publication and release: its version is released.
    file = settings.baseline_file
    own = name_baseline(file.read_bytes()) if file.exists() else None
    if newest := find_newest_ready(models, besides=own):
        raise NotFound(f"{LOST}: release one with `redraw promote {newest}`")


def name_baseline(model: bytes) -> str:
    """Return what stands for the run in a baseline's version: a digest of its model file."""
    return f"baseline-{hashlib.sha256(model).hexdigest()[:16]}"


def prepare_dataset(raw: Path, settings: Settings, on_progress: OnProgress) -> DatasetRevision:
    """Return the data set; make it from the raw drawings if it is not there yet.

    Raises:
        OtherClasses: it was made with other classes.
        InvalidDataset: it holds corrections already.
    """
    path = settings.dataset_file
    if not path.exists():
        return preprocess(
            raw,
            path,
            categories=settings.categories,
            samples_per_class=settings.samples_per_class,
            seed=settings.seed,
            on_progress=on_progress,
        )
    check_dataset(settings)
    revision = hdf5.describe(path)
    if revision.revision:
        raise InvalidDataset(
            f"{path} holds corrections already: `redraw rebaseline` trains a new baseline on them; "
            "one without them starts from another REDRAW_DATA_DIR"
        )
    return revision


def train_model(revision: DatasetRevision, settings: Settings, on_progress: OnProgress) -> bytes:
    """Return the .h5 file of the trained CNN.

    If an earlier call trained on the same data set by the same recipe, its file is returned.
    """
    path, recipe_path = settings.baseline_file, settings.baseline_file.with_suffix(".json")
    recipe = RECIPES[settings.recipe].with_overrides(
        epochs=settings.epochs,
        batch_size=settings.batch_size,
        copies=settings.canvas_copies,
    )
    inputs = {"dataset": revision.digest, "training": recipe.document(), "seed": settings.seed}
    if (
        path.exists()
        and recipe_path.exists()
        and json.loads(recipe_path.read_text())["recipe"] == inputs
    ):
        return path.read_bytes()
    recipe_path.unlink(missing_ok=True)
    model, history = train(
        settings.dataset_file,
        recipe=recipe,
        seed=settings.seed,
        precision=settings.precision,
        checkpoint=settings.checkpoint_file,
        on_progress=on_progress,
    )
    data = dump_model(model, revision.categories)
    write_atomically(path, data)
    # Written last: it shows that the model beside it is complete.
    write_atomically(
        recipe_path, json.dumps({"recipe": inputs, "history": history}, indent=2).encode()
    )
    remove_checkpoints(settings.checkpoint_file)
    return data


def calibrate_asking(data: bytes, settings: Settings) -> AskingPolicy:
    """Return when to ask players about the guesses of the model file `data`.

    It is calibrated on the validation split of the base rows, which the model was not fitted to.
    """
    rows = hdf5.read_base(settings.dataset_file, Split.VAL, MOST_ROWS)
    predictor = read_predictor(data)
    with one_blas_thread():  # the same bytes, whatever the number of cores
        probabilities = predictor.probabilities(rows.images)
    return calibrate(
        probabilities,
        budget=settings.ask.budget,
        audit=settings.ask.audit,
        categories=settings.categories,
    )


def describe_metrics(evaluation: Metrics, revision: DatasetRevision) -> ModelMetrics:
    """Return the figures that the game shows of a baseline that learned from base rows alone."""
    return ModelMetrics(
        accuracy=evaluation.accuracy,
        loss=evaluation.loss,
        training_samples=revision.rows[Split.TRAIN],
        corrections=0,
        recall=evaluation.recall,
    )


def evaluate_model(
    data: bytes,
    history: dict[str, list[float]],
    training_rows: int,
    settings: Settings,
    on_progress: OnProgress,
) -> tuple[Evaluation, Speed, Guesses]:
    """Measure the model file `data` on the test split of the base rows, and its speed.

    Args:
        data: the .h5 file.
        history: the curves of its training, for the report.
        training_rows: the number of rows that it was trained on, for the report.
        settings: of this process.
        on_progress: called while the drawings are predicted.

    Returns:
        The evaluation, the seconds a drawing on this machine (in a batch, and alone), and the
        guesses.
    """
    digest = hashlib.sha256(data).hexdigest()
    model, predictor = load_model(data, digest), read_predictor(data)
    rows = hdf5.read_base(settings.dataset_file, Split.TEST)
    metrics.predict_with_keras(model, rows.images[:1])  # builds the graph, which takes seconds
    started = time.perf_counter()
    probabilities = metrics.predict_with_keras(model, rows.images, on_progress)
    batch_seconds = (time.perf_counter() - started) / len(rows.labels)
    evaluation = Evaluation(
        metrics=metrics.measure(probabilities, rows.labels, settings.categories),
        images=rows.images,
        wrong=metrics.find_wrong_guesses(probabilities, rows.labels),
        history=history,
        training_rows=training_rows,
        categories=settings.categories,
    )
    speed = Speed(batch_seconds, metrics.time_one_prediction(predictor, rows.images[0]))
    base = hdf5.read_base_digest(settings.dataset_file)
    return evaluation, speed, Guesses.from_probabilities(base, rows.labels, probabilities)
