"""Training of the CNN by a recipe, on base rows, and on players' answers if there are any."""

import hashlib
from pathlib import Path
from typing import Any, NamedTuple

import keras

from pipeline.dataset.hdf5 import describe, read_base, read_base_counts, read_base_digest
from pipeline.drawings import SIDE
from pipeline.errors import InvalidModel
from pipeline.model.cnn import build_model, count_parameters
from pipeline.progress import OnProgress, silent
from pipeline.records.dataset import Split
from pipeline.training.answers import Answers, add_answers
from pipeline.training.copies import load_or_draw_copies
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
from pipeline.training.processor import Precision, choose_precision
from pipeline.training.recipes import FAST, Recipe, TrainingConfig
from pipeline.training.teacher import build_teacher, teacher_targets
from pipeline.training.trainee import build_trainee, fold_into

__all__ = ["CURVES", "History", "remove_checkpoints", "train"]


def train(
    dataset: Path,
    *,
    recipe: Recipe = FAST,
    seed: int,
    precision: Precision = "auto",
    answers: Answers | None = None,
    checkpoint: Path | None = None,
    on_progress: OnProgress = silent,
) -> tuple[Any, History]:
    """Train the CNN on the base rows, and on players' answers if there are any.

    Args:
        dataset: the HDF5 file. Of its rows only the base rows of train and val are read. The copies
            of base rows that the recipe asks for are kept beside it.
        recipe: how to train.
        seed: of weights, order of rows, dropout and warps. The same seed gives the same weights on
            the same machine, but for their last bits: TensorFlow's threads add in any order.
        precision: the number format to train in. The CNN that is validated and returned is float32
            in any case.
        answers: players' drawings to learn from beside the base rows of train.
        checkpoint: the file for the state after each epoch. A training that is started again goes
            on from there, if it is the same training. The file of a teacher lies beside it. Call
            `remove_checkpoints` when the model is stored.
        on_progress: called after each step.

    Returns:
        The CNN, as `build_model` makes it, and the curves of its training. Their validation figures
        are those of the float32 CNN after each epoch.

    Raises:
        InvalidModel: the CNN is not that of the contract.
        InvalidDataset: the file is missing or damaged.
        OSError: a checkpoint cannot be written; the one before it is still there.
    """
    classes = len(describe(dataset).categories)
    parameters, expected = build_model(classes).count_params(), count_parameters(classes)
    if parameters != expected:
        raise InvalidModel(
            f"the CNN has {parameters} parameters, not {expected}: model/cnn.py was changed"
        )
    on_progress("reading the data set")
    policy = choose_precision(precision)
    splits, copies_digest = _read_splits(dataset, recipe, seed, on_progress)
    if answers is not None:
        splits = add_answers(splits, answers, classes)
    context = _Context(
        splits=splits,
        classes=classes,
        seed=seed,
        policy=policy,
        identity={
            "dataset": read_base_digest(dataset),
            "copies": copies_digest,
            "recipe": recipe.document(),
            "keras": f"{keras.__version__}, {keras.config.backend()}",
            "precision": policy,
            "seed": seed,
            **({} if answers is None else {"answers": answers.digest}),
        },
    )
    # Progress counts the steps of both trainings, the teacher's first.
    rows = len(context.splits.train.labels)
    teacher_steps = count_steps(recipe.teacher, rows) if recipe.teacher else 0
    steps = teacher_steps + count_steps(recipe.student, rows)

    def report_teacher(message: str, done: int = 0, total: int = 0) -> None:  # noqa: ARG001
        on_progress(f"teacher: {message}", done, steps)

    def report_student(message: str, done: int = 0, total: int = 0) -> None:  # noqa: ARG001
        on_progress(message, teacher_steps + done, steps)

    targets: Targets = label_targets(classes)
    if recipe.teacher:
        path = _teacher_checkpoint(checkpoint) if checkpoint else None
        targets = teacher_targets(_train_teacher(context, recipe.teacher, path, report_teacher))
    return _train_student(context, recipe.student, targets, checkpoint, report_student)


def _read_splits(
    dataset: Path, recipe: Recipe, seed: int, on_progress: OnProgress
) -> tuple[Splits, str]:
    """Read the base rows of both splits, with copies of the first ones of train behind these.

    The base rows are shuffled, so the first ones are a random sample of each class.

    Returns:
        The splits, and the sha256 (hex) of the copies.
    """
    count = read_base_counts(dataset)[Split.TRAIN]
    copies = min(recipe.copies, count)
    rows = read_base(dataset, Split.TRAIN, spare=copies)
    drawn = load_or_draw_copies(
        rows.images[:copies],
        dataset,
        base_digest=read_base_digest(dataset),
        seed=seed,
        on_progress=on_progress,
    )
    rows.images[count:], rows.labels[count:] = drawn, rows.labels[:copies]
    return Splits(rows, read_base(dataset, Split.VAL)), hashlib.sha256(drawn.data).hexdigest()


def remove_checkpoints(checkpoint: Path) -> None:
    """Delete the checkpoints of a training, the teacher's included. Missing files are ignored."""
    checkpoint.unlink(missing_ok=True)
    _teacher_checkpoint(checkpoint).unlink(missing_ok=True)


class _Context(NamedTuple):
    """What the trainings of teacher and student have in common.

    classes: how many. policy: the Keras dtype policy. identity: names this training in checkpoints.
    """

    splits: Splits
    classes: int
    seed: int
    policy: str
    identity: dict[str, Any]


def _train_teacher(
    context: _Context, config: TrainingConfig, checkpoint: Path | None, on_progress: OnProgress
) -> Any:
    """Return the trained teacher."""
    keras.utils.set_random_seed(context.seed)
    network = _compile(build_teacher(config.dropout, context.policy, context.classes), config)
    targets = label_targets(context.classes)
    train_network(_job(context, network, config, targets, checkpoint), on_progress)
    return network


def _train_student(
    context: _Context,
    config: TrainingConfig,
    targets: Targets,
    checkpoint: Path | None,
    on_progress: OnProgress,
) -> tuple[Any, History]:
    """Return the trained CNN and its curves."""
    keras.utils.set_random_seed(context.seed)
    if not config.normalised:
        model = build_model(context.classes)
        network = _compile(_with_rescaling(model), config)
        curves = train_network(_job(context, network, config, targets, checkpoint), on_progress)
        return model, curves
    trainee = _compile(build_trainee(config.dropout, context.policy, context.classes), config)
    # Validation measures the CNN that would be published now: in float32, where the trainee may
    # compute in bfloat16. It is compiled once; each epoch only replaces its weights. It is built
    # after the trainee, whose initial weights must not depend on it.
    model = build_model(context.classes)
    published = _with_rescaling(model)
    published.compile(loss=keras.losses.CategoricalCrossentropy(), metrics=["accuracy"])

    def fold_and_get() -> Any:
        fold_into(trainee, model)
        return published

    job = _job(context, trainee, config, targets, checkpoint)
    curves = train_network(job._replace(update_validated=fold_and_get), on_progress)
    fold_into(trainee, model)  # a training that was finished in an earlier call validates nothing
    return model, curves


def _job(
    context: _Context,
    network: Any,
    config: TrainingConfig,
    targets: Targets,
    checkpoint: Path | None,
) -> TrainingJob:
    return TrainingJob(
        network, config, context.splits, context.seed, targets, checkpoint, context.identity
    )


def _with_rescaling(model: Any) -> Any:
    """Return the CNN with a first layer that takes bytes, as the other networks here do."""
    return keras.Sequential(
        [keras.layers.Input((SIDE, SIDE, 1), dtype="uint8"), keras.layers.Rescaling(1 / 255), model]
    )


def _compile(network: Any, config: TrainingConfig) -> Any:
    loss = keras.losses.CategoricalCrossentropy(from_logits=config.normalised)
    network.compile(keras.optimizers.Adam(config.learning_rate), loss, metrics=["accuracy"])
    # Built now instead of at the first step, so that a checkpoint can restore its variables.
    network.optimizer.build(network.trainable_variables)
    return network


def _teacher_checkpoint(checkpoint: Path) -> Path:
    return checkpoint.with_name(f"{checkpoint.name}-teacher")
