"""Baseline training by a recipe: the base rows in memory as bytes, perhaps a teacher first, and always the contract's CNN."""

from pathlib import Path
from typing import Any, NamedTuple

import keras

from pipeline.dataset.hdf5 import read_base, read_base_digest
from pipeline.drawings import SIDE
from pipeline.errors import InvalidModel
from pipeline.model.cnn import PARAMETERS, build_model
from pipeline.progress import OnProgress, silent
from pipeline.records.dataset import Split
from pipeline.training.fitting import (
    CURVES,
    History,
    Splits,
    Targets,
    TrainingJob,
    count_steps,
    label_targets,
    train_network,
)
from pipeline.training.processor import best_precision
from pipeline.training.recipes import FAST, Recipe, TrainingConfig
from pipeline.training.teacher import build_teacher, teacher_targets
from pipeline.training.trainee import build_trainee, fold

__all__ = ["CURVES", "History", "remove_checkpoints", "train"]


def train(
    dataset: Path,
    *,
    recipe: Recipe = FAST,
    seed: int,
    checkpoint: Path | None = None,
    on_progress: OnProgress = silent,
) -> tuple[Any, History]:
    """Trains the CNN on the base rows.

    Args:
        dataset: the HDF5 file; corrections and the test split take no part.
        recipe: how.
        seed: of weights, orders, dropout and warps. The same seed on the same machine gives the same weights.
        checkpoint: a file that keeps the standing after each epoch, and to go on from when it is of the very same training; a
            teacher's lies beside it. Whoever has stored the model calls `remove_checkpoints`.
        on_progress: told of each step.

    Returns:
        The CNN as `build_model` makes it, and the curves of its fit.

    Raises:
        InvalidModel: the classes are not the contract's.
        InvalidDataset: the file is missing or damaged.
        OSError: a checkpoint cannot be written; the one before it is still there.
    """
    if build_model().count_params() != PARAMETERS:
        raise InvalidModel(
            f"the CNN has {build_model().count_params()} parameters, not {PARAMETERS}: categories.py was changed"
        )
    on_progress("reading the data set")
    lesson = _Lesson(
        Splits(read_base(dataset, Split.TRAIN), read_base(dataset, Split.VAL)),
        seed,
        best_precision(),
        {
            "dataset": read_base_digest(dataset),
            "recipe": recipe.document(),
            "keras": f"{keras.__version__}, {keras.config.backend()}",
        },
    )
    student, teacher = recipe.student, recipe.teacher
    rows = len(lesson.splits.train.labels)
    before = count_steps(teacher, rows) if teacher else 0
    whole = before + count_steps(student, rows)

    def student_told(message: str, done: int = 0, total: int = 0) -> None:  # noqa: ARG001
        on_progress(message, before + done, whole)

    targets: Targets = label_targets
    if teacher:

        def teacher_told(message: str, done: int = 0, total: int = 0) -> None:  # noqa: ARG001
            on_progress(f"teacher: {message}", done, whole)

        targets = teacher_targets(_teacher(lesson, teacher, checkpoint, teacher_told))
    return _student(lesson, student, targets, checkpoint, student_told)


def remove_checkpoints(checkpoint: Path) -> None:
    """What `train` kept there is no longer needed."""
    checkpoint.unlink(missing_ok=True)
    _teacher_s(checkpoint).unlink(missing_ok=True)


class _Lesson(NamedTuple):
    """What teacher and student have in common."""

    splits: Splits
    seed: int
    precision: str
    training: dict[str, Any]


def _teacher(
    lesson: _Lesson, course: TrainingConfig, checkpoint: Path | None, told: OnProgress
) -> Any:
    keras.utils.set_random_seed(lesson.seed)
    network = _compiled(build_teacher(course.dropout, lesson.precision), course)
    kept = _teacher_s(checkpoint) if checkpoint else None
    train_network(_fit(lesson, network, course, label_targets, kept), told)
    return network


def _student(
    lesson: _Lesson,
    course: TrainingConfig,
    targets: Targets,
    checkpoint: Path | None,
    told: OnProgress,
) -> tuple[Any, History]:
    keras.utils.set_random_seed(lesson.seed)
    if course.normalised:
        network = _compiled(build_trainee(course.dropout, lesson.precision), course)
        curves = train_network(_fit(lesson, network, course, targets, checkpoint), told)
        return fold(network), curves
    model = build_model()
    network = keras.Sequential(
        [keras.layers.Input((SIDE, SIDE, 1), dtype="uint8"), keras.layers.Rescaling(1 / 255), model]
    )
    curves = train_network(
        _fit(lesson, _compiled(network, course), course, targets, checkpoint), told
    )
    return model, curves


def _fit(
    lesson: _Lesson, network: Any, course: TrainingConfig, targets: Targets, checkpoint: Path | None
) -> TrainingJob:
    training = {**lesson.training, "precision": lesson.precision, "seed": lesson.seed}
    return TrainingJob(network, course, lesson.splits, lesson.seed, targets, checkpoint, training)


def _compiled(network: Any, course: TrainingConfig) -> Any:
    loss = keras.losses.CategoricalCrossentropy(from_logits=course.normalised)
    network.compile(keras.optimizers.Adam(course.learning_rate), loss, metrics=["accuracy"])
    network.optimizer.build(
        network.trainable_variables
    )  # now, so that a checkpoint finds its variables
    return network


def _teacher_s(checkpoint: Path) -> Path:
    return checkpoint.with_name(f"{checkpoint.name}-teacher")
