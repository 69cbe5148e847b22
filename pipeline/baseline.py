"""The story of the first version, top to bottom: raw drawings, data set, training, referee, report, v1.0.0 released."""

import hashlib
import json
import time
from pathlib import Path
from typing import NamedTuple

from pipeline.dataset import hdf5, revisions
from pipeline.dataset.preprocess import preprocess
from pipeline.errors import InvalidDataset
from pipeline.files import write_atomically
from pipeline.model import metrics
from pipeline.model.cnn import dump_model, load_model
from pipeline.model.file import read_predictor
from pipeline.pages.report import Evaluation, Speed, render_report
from pipeline.ports import Ports
from pipeline.progress import OnProgress, silent
from pipeline.records.dataset import DatasetRevision, Split
from pipeline.records.metrics import Metrics
from pipeline.records.versions import ModelMetrics, ModelVersion
from pipeline.screening.referee_training import load_or_train_referee
from pipeline.settings import Settings
from pipeline.training.recipes import RECIPES
from pipeline.training.train import remove_checkpoints, train
from pipeline.versions import publish
from pipeline.versions.asking import MOST_ROWS, AskingPolicy, calibrate


class Baseline(NamedTuple):
    """What the baseline made."""

    version: ModelVersion
    metrics: Metrics
    released: bool


def make_baseline(
    raw: Path, ports: Ports, settings: Settings, on_progress: OnProgress = silent
) -> Baseline:
    """Makes and publishes a baseline; releases it when nothing is released yet. Repeated, it goes on where it stopped."""
    revision = prepare_dataset(raw, settings, on_progress)
    revisions.store_base(ports.artefacts, settings.dataset_file)
    model = train_model(revision, settings, on_progress)
    load_or_train_referee(
        ports.artefacts, settings.dataset_file, seed=settings.seed, on_progress=on_progress
    )
    evaluation, speed = evaluate_model(model, revision.rows[Split.TRAIN], settings, on_progress)
    metrics = evaluation.metrics
    write_atomically(settings.report_file, render_report(evaluation, speed).encode())
    digest = hashlib.sha256(model).hexdigest()
    version = publish.publish(
        ports.artefacts,
        ports.models,
        run_id=f"baseline-{digest[:16]}",
        number=publish.next_baseline,
        model=model,
        metrics=ModelMetrics(
            accuracy=metrics.accuracy,
            loss=metrics.loss,
            training_samples=revision.rows[Split.TRAIN],
            corrections=0,
            recall=metrics.recall,
        ),
        evaluation=metrics,
        policy=calibrate_asking(model, settings),
        report=render_report(evaluation),
        parent=None,
        dataset_revision=revision.revision,
    )
    first = ports.models.release() is None
    if first:
        ports.models.promote(version.version)
    return Baseline(version, metrics, first)


def prepare_dataset(raw: Path, settings: Settings, on_progress: OnProgress) -> DatasetRevision:
    """The data set, made when it is not there yet. Raises InvalidDataset when it holds corrections already."""
    path = settings.dataset_file
    if not path.exists():
        return preprocess(
            raw,
            path,
            samples_per_class=settings.samples_per_class,
            seed=settings.seed,
            on_progress=on_progress,
        )
    revision = hdf5.describe(path)
    if revision.revision:
        raise InvalidDataset(
            f"{path} holds corrections already; a baseline starts from another REDRAW_DATA_DIR"
        )
    return revision


def train_model(revision: DatasetRevision, settings: Settings, on_progress: OnProgress) -> bytes:
    """The .h5 file of the trained CNN; that of an earlier call when data set and recipe are the same."""
    path, recipe_path = settings.baseline_file, settings.baseline_file.with_suffix(".json")
    how = RECIPES[settings.recipe].with_overrides(
        epochs=settings.epochs, batch_size=settings.batch_size
    )
    recipe = {"dataset": revision.digest, "training": how.document(), "seed": settings.seed}
    if (
        path.exists()
        and recipe_path.exists()
        and json.loads(recipe_path.read_text())["recipe"] == recipe
    ):
        return path.read_bytes()
    recipe_path.unlink(missing_ok=True)
    model, history = train(
        settings.dataset_file,
        recipe=how,
        seed=settings.seed,
        checkpoint=settings.checkpoint_file,
        on_progress=on_progress,
    )
    data = dump_model(model)
    write_atomically(path, data)
    # Written last: it says that the model beside it is whole.
    write_atomically(
        recipe_path, json.dumps({"recipe": recipe, "history": history}, indent=2).encode()
    )
    remove_checkpoints(settings.checkpoint_file)
    return data


def calibrate_asking(data: bytes, settings: Settings) -> AskingPolicy:
    """When to ask players about the file's guesses: calibrated on the val split of the base, which nothing was fitted to."""
    rows = hdf5.read_base(settings.dataset_file, Split.VAL, MOST_ROWS)
    predictor = read_predictor(data)
    return calibrate(predictor.probabilities(rows.images), budget=settings.ask_budget)


def evaluate_model(
    data: bytes, training_rows: int, settings: Settings, on_progress: OnProgress
) -> tuple[Evaluation, Speed]:
    """How well the file does on the test split of the base, and how fast on this machine."""
    digest = hashlib.sha256(data).hexdigest()
    model, predictor = load_model(data, digest), read_predictor(data)
    rows = hdf5.read_base(settings.dataset_file, Split.TEST)
    metrics.predict_with_keras(
        model, rows.images[:1]
    )  # the first call makes the graph, and takes its time for that
    began = time.perf_counter()
    probabilities = metrics.predict_with_keras(model, rows.images, on_progress)
    batch = (time.perf_counter() - began) / len(rows.labels)
    evaluation = Evaluation(
        metrics=metrics.measure(probabilities, rows.labels),
        images=rows.images,
        wrong=metrics.find_wrong_guesses(probabilities, rows.labels),
        history=json.loads(settings.baseline_file.with_suffix(".json").read_text())["history"],
        training_rows=training_rows,
    )
    return evaluation, Speed(batch, metrics.time_one_prediction(predictor, rows.images[0]))
