"""Train all layers on base rows and answers. This module is for the training process alone."""

from pipeline.dataset import hdf5
from pipeline.errors import DatasetMoved
from pipeline.progress import OnProgress
from pipeline.rebaseline.answers import read_answers
from pipeline.rebaseline.job import CHECKPOINT, TrainingJob
from pipeline.settings import RecipeName
from pipeline.training.recipes import RECIPES


def train_all_layers(
    job: TrainingJob, on_progress: OnProgress
) -> tuple[bytes, dict[str, list[float]]]:
    """Train a new baseline, and return its model file and the curves of its training.

    Called again after an interruption, it goes on after the last whole epoch.

    Raises:
        DatasetMoved: the data set is not the one that the job was made for.
        DatasetMissing, DatasetDamaged: it cannot be read.
        OSError: a checkpoint cannot be written.
    """
    revision = hdf5.describe(job.dataset)
    if revision.digest != job.digest:
        raise DatasetMoved(f"{job.dataset} was changed by another process: the run is repeated")
    answers = read_answers(job)
    on_progress("loading TensorFlow, about ten seconds")
    from pipeline.model.cnn import dump_model
    from pipeline.training.train import train

    model, curves = train(
        job.dataset,
        recipe=RECIPES[RecipeName(job.recipe)].with_overrides(
            epochs=job.epochs, batch_size=job.batch_size, copies=job.canvas_copies
        ),
        seed=job.seed,
        precision=job.precision,
        answers=answers,
        checkpoint=job.folder / CHECKPOINT,
        on_progress=on_progress,
    )
    return dump_model(model, revision.categories), curves
