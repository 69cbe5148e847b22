"""The challenger of a run that makes a new baseline: a model whose layers were all trained."""

import logging
import shutil

from pipeline.dataset import hdf5
from pipeline.dataset.local_file import TRAINING_FOLDER
from pipeline.errors import Retryable
from pipeline.fit.champion import Challenger, Champion
from pipeline.fit.feature_cache import open_cache
from pipeline.model.file import read_predictor
from pipeline.progress import OnProgress
from pipeline.rebaseline.job import TrainingJob
from pipeline.rebaseline.process import train_apart
from pipeline.rebaseline.time_left import with_time_left
from pipeline.runs.classes import check_model
from pipeline.runs.context import RunContext
from pipeline.runs.sample import read_possible
from pipeline.storage_paths import CHALLENGER, TRAINING

log = logging.getLogger(__name__)

FOLDER = TRAINING_FOLDER
"""In the data folder: what a training keeps until its result is stored."""
LEAST_SILENCE_SECONDS = 60.0
"""Longer than a call to Firestore or Storage goes on without an answer."""


def train_challenger(champion: Champion, context: RunContext) -> Challenger:
    """Train all layers on base rows and all answers of train; a stored result is read.

    Raises:
        TrainingStopped: the training was interrupted; it goes on when the run is repeated.
        RedrawError: the training failed.
    """
    file = context.once(CHALLENGER, lambda: _train(context))
    model = read_predictor(file)
    check_model("the new baseline", file, model, context.settings)
    # Stored in Storage by now: a later training begins anew.
    shutil.rmtree(context.settings.data_dir / FOLDER, ignore_errors=True)
    settings = context.settings
    base_digest = hdf5.read_base_digest(context.open_dataset())
    cache = open_cache(settings.features_dir, model, base_digest, keep=[champion.cache])
    return Challenger(None, model, cache)


def _train(context: RunContext) -> bytes:
    """Train in a process of its own; store the curves, and return the model file."""
    on_progress = with_time_left(_outlasting_faults(context.log.progress))
    trained = train_apart(make_job(context), on_progress)
    context.once(TRAINING, lambda: trained.curves)
    return trained.model


def make_job(context: RunContext) -> TrainingJob:
    """Return what the training process is told."""
    settings, path = context.settings, context.open_dataset()
    return TrainingJob(
        dataset=path.absolute(),
        digest=hdf5.describe(path).digest,
        recipe=context.log.run.recipe or settings.rebaseline.recipe,
        epochs=settings.epochs,
        batch_size=settings.batch_size,
        canvas_copies=settings.canvas_copies,
        seed=settings.seed,
        precision=settings.precision,
        answer_share=settings.rebaseline.answer_share,
        possible=read_possible(context.log.run) or (0.0, 1.0),
        eagerness=settings.gate.eagerness,
        folder=(settings.data_dir / FOLDER).absolute(),
        silence_seconds=max(LEAST_SILENCE_SECONDS, settings.lease_seconds),
    )


def _outlasting_faults(on_progress: OnProgress) -> OnProgress:
    """Return a function that reports progress, and ignores temporary faults of the report alone.

    A training of hours need not stop because Firestore is away for a minute. The lease, which
    another thread renews, decides whether this worker may go on.
    """

    def report(message: str, done: int = 0, total: int = 0) -> None:
        try:
            on_progress(message, done, total)
        except Retryable as fault:
            log.warning("the progress of the training could not be written: %s", fault)

    return report
