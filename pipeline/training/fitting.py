"""Fits a network along its course, epoch by epoch: batches in an order of their own, rates, checkpoints, early stopping."""

import math
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import keras
import numpy as np
from numpy.typing import NDArray

from pipeline.categories import CATEGORIES
from pipeline.dataset.hdf5 import Rows
from pipeline.drawings import Images, Labels
from pipeline.progress import OnProgress
from pipeline.training.checkpoints import TrainingState, read_checkpoint, write_checkpoint
from pipeline.training.recipes import TrainingConfig
from pipeline.training.schedules import one_cycle_rate, plateau_rate, stalled, warp_strength
from pipeline.training.warp import apply_warps, draw_warps

CURVES = ("loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds")
EVALUATED_ROWS = 512

History: TypeAlias = dict[str, list[float]]
"""One number an epoch for each of CURVES. learning_rate: of the last step; seconds: of training and validation together."""

Targets: TypeAlias = Callable[[Images, Labels], NDArray[np.float32]]
"""What the network should say about a batch: images and labels to float32 `(n, classes)`."""


class Splits(NamedTuple):
    """The base rows of two splits, in memory as bytes: together 1 GB at full size."""

    train: Rows
    val: Rows


class TrainingJob(NamedTuple):
    """A network and what its fit hangs on.

    network: a keras.Model, compiled, that takes uint8 `(n, 28, 28, 1)`.
    seed: of orders and warps; the network has its own, of weights and dropout.
    targets: of the train split; the val split has its labels.
    checkpoint: the file that keeps the standing after each epoch; None keeps none.
    training: says in the checkpoint whose it is, besides the course.
    """

    network: Any
    course: TrainingConfig
    splits: Splits
    seed: int
    targets: Targets
    checkpoint: Path | None
    training: dict[str, Any]


def count_steps(course: TrainingConfig, rows: int) -> int:
    """Steps of all epochs together."""
    return course.epochs * math.ceil(rows / course.batch_size)


def train_network(given: TrainingJob, told: OnProgress) -> History:
    """Fits the network in place and returns its curves. `told` hears of each step; its total is this course's.

    Begun again with the same checkpoint after any end, it ends with the weights of an undisturbed fit. Raises OSError when
    a checkpoint cannot be written.
    """
    course, whose = given.course, {**given.training, "course": asdict(given.course)}
    standing, message = read_checkpoint(given.checkpoint, whose) if given.checkpoint else (None, "")
    told(message or "preparing the first step")
    epochs, curves, best = 0, {name: list[float]() for name in CURVES}, list[NDArray[Any]]()
    if standing:
        epochs, curves, best = (
            standing.epochs,
            standing.curves,
            _put_back(given.network, standing.arrays),
        )
    while epochs < course.epochs and not (course.plateaus and stalled(curves["val_loss"])):
        found = _epoch(given, epochs, curves["val_loss"], told)
        for name in CURVES:
            curves[name].append(found[name])
        epochs += 1
        if course.plateaus and _is_best(curves["val_loss"]):
            best = given.network.get_weights()
        if given.checkpoint:
            write_checkpoint(
                given.checkpoint,
                whose,
                TrainingState(epochs, curves, [*_taken(given.network), *best]),
            )
    if best:
        given.network.set_weights(best)
    return curves


def _epoch(
    given: TrainingJob, epoch: int, val_losses: list[float], told: OnProgress
) -> dict[str, float]:
    course, network, (images, labels) = given.course, given.network, given.splits.train
    began, rng = time.monotonic(), np.random.default_rng([given.seed, epoch])
    order = rng.permutation(len(labels))
    by = (
        draw_warps(len(labels), rng, warp_strength(epoch / course.epochs))
        if course.warped
        else None
    )
    steps, means = math.ceil(len(labels) / course.batch_size), _Means()
    for step in range(steps):
        rows = order[step * course.batch_size : (step + 1) * course.batch_size]
        seen = images[rows] if by is None else apply_warps(images[rows], by[rows])
        done = epoch * steps + step
        rate = (
            plateau_rate(course.learning_rate, val_losses)
            if course.plateaus
            else one_cycle_rate(course.learning_rate, done / (course.epochs * steps))
        )
        network.optimizer.learning_rate = rate
        means.add(
            network.train_on_batch(
                seen[..., None], given.targets(seen, labels[rows]), return_dict=True
            ),
            len(rows),
        )
        curve = f"loss {means['loss']:.3f}  accuracy {means['accuracy']:.3f}"
        told(f"epoch {epoch + 1}/{course.epochs}  {curve}", done + 1, course.epochs * steps)
    validated = {
        f"val_{name}": value for name, value in _validated(network, given.splits.val).items()
    }
    return {**means.all(), **validated, "learning_rate": rate, "seconds": time.monotonic() - began}


def _validated(network: Any, rows: Rows) -> dict[str, float]:
    means = _Means()
    for at in range(0, len(rows.labels), EVALUATED_ROWS):
        seen, labels = (part[at : at + EVALUATED_ROWS] for part in rows)
        means.add(
            network.test_on_batch(seen[..., None], one_hot(labels), return_dict=True), len(labels)
        )
    return means.all()


class _Means:
    """Means over the rows of an epoch so far: Keras's `..._on_batch` tell those of one batch."""

    def __init__(self) -> None:
        self._sums: dict[str, float] = {}
        self._rows = 0

    def add(self, logs: dict[str, float], rows: int) -> None:
        self._rows += rows
        for name, value in logs.items():
            self._sums[name] = self._sums.get(name, 0.0) + float(value) * rows

    def __getitem__(self, name: str) -> float:
        return self._sums[name] / self._rows

    def all(self) -> dict[str, float]:
        return {name: self[name] for name in self._sums}


def _is_best(val_losses: list[float]) -> bool:
    return val_losses.index(min(val_losses)) == len(val_losses) - 1


def label_targets(images: Images, labels: Labels) -> NDArray[np.float32]:  # noqa: ARG001
    """Targets that are the labels and nothing else."""
    return one_hot(labels)


def one_hot(labels: Labels) -> NDArray[np.float32]:
    """float32 `(n, classes)`: 1 at the label."""
    return np.eye(len(CATEGORIES), dtype=np.float32)[labels]


def _variables(network: Any) -> list[Any]:
    """All that the epochs to come hang on: weights, moving statistics, states of dropout's seeds, and the optimizer's."""
    return [*network.variables, *network.optimizer.variables]


def _taken(network: Any) -> list[NDArray[Any]]:
    return [np.asarray(keras.ops.convert_to_numpy(variable)) for variable in _variables(network)]


def _put_back(network: Any, arrays: list[NDArray[Any]]) -> list[NDArray[Any]]:
    """Gives the variables their values back, and the caller what is left: the best weights."""
    variables = _variables(network)
    for variable, value in zip(variables, arrays[: len(variables)], strict=True):
        variable.assign(value)
    return arrays[len(variables) :]
