"""The training loop for one network: epochs, learning rates, validation, checkpoints."""

import math
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pipeline.dataset.hdf5 import Rows
from pipeline.drawings import Images, Labels
from pipeline.progress import OnProgress
from pipeline.training.checkpoints import TrainingState, read_checkpoint, write_checkpoint
from pipeline.training.recipes import TrainingConfig
from pipeline.training.schedules import has_stalled, one_cycle_rate, plateau_rate, warp_strength
from pipeline.training.warp import apply_warps, draw_warps

CURVES = ("loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds")
VALIDATION_BATCH = 512

History: TypeAlias = dict[str, list[float]]
"""One number for each epoch and each name in CURVES.

loss, accuracy: means over the training batches of the epoch, while the weights change.
val_loss, val_accuracy: on the val split, after the epoch. learning_rate: of the last step.
seconds: of training and validation together.
"""

Targets: TypeAlias = Callable[[Images, Labels], NDArray[np.float32]]
"""The target probabilities of a batch: images and labels to float32 `(n, classes)`."""


class Splits(NamedTuple):
    """The rows of two splits, in memory as bytes: together 1 GB at full size.

    train: what the network is fitted to. val: base rows alone.
    weights: float32 `(n,)` with mean 1, how much each row of train counts; None: all count alike.
    """

    train: Rows
    val: Rows
    weights: NDArray[np.float32] | None = None


class TrainingJob(NamedTuple):
    """A network, and all that its training depends on.

    network: a compiled keras.Model that takes uint8 `(n, 28, 28, 1)`.
    seed: of the order of rows and of warps. The network has seeds of its own.
    targets: for batches of the train split. The val split is measured against its labels.
    checkpoint: the file for the state after each epoch; None writes none.
    identity: goes into the checkpoint beside the config, so that no other training resumes from it.
    update_validated: returns the network to validate, called after each epoch; None validates
        `network` itself. Like `network` it is compiled and takes uint8.
    """

    network: Any
    config: TrainingConfig
    splits: Splits
    seed: int
    targets: Targets
    checkpoint: Path | None
    identity: dict[str, Any]
    update_validated: Callable[[], Any] | None = None


def count_steps(config: TrainingConfig, rows: int) -> int:
    """Return the number of steps of all epochs together, for a train split of so many rows."""
    return config.epochs * math.ceil(rows / config.batch_size)


def train_network(job: TrainingJob, on_progress: OnProgress) -> History:
    """Train the network in place and return its curves.

    A training that was stopped at any moment and started again with the same checkpoint ends with
    the same weights as one that was not stopped.

    Args:
        job: what to train, and how.
        on_progress: called after each step; its total is the number of steps of this training.

    Raises:
        OSError: a checkpoint cannot be written.
    """
    config, identity = job.config, {**job.identity, "config": asdict(job.config)}
    state, message = read_checkpoint(job.checkpoint, identity) if job.checkpoint else (None, "")
    on_progress(message or "preparing the first step")
    epochs, curves, best = 0, {name: list[float]() for name in CURVES}, list[NDArray[Any]]()
    if state:
        epochs, curves = state.epochs, state.curves
        best = _restore_variables(job.network, state.arrays)
    while epochs < config.epochs and not (config.plateaus and has_stalled(curves["val_loss"])):
        figures = _run_epoch(job, epochs, curves["val_loss"], on_progress)
        for name in CURVES:
            curves[name].append(figures[name])
        epochs += 1
        if config.plateaus and _is_best(curves["val_loss"]):
            best = job.network.get_weights()
        if job.checkpoint:
            arrays = [*_copy_variables(job.network), *best]
            write_checkpoint(job.checkpoint, identity, TrainingState(epochs, curves, arrays))
    if best:
        job.network.set_weights(best)
    return curves


def _run_epoch(
    job: TrainingJob, epoch: int, val_losses: list[float], on_progress: OnProgress
) -> dict[str, float]:
    """Train for one epoch, validate, and return a number for each name in CURVES."""
    config, network, (images, labels) = job.config, job.network, job.splits.train
    # Random numbers come from seed and epoch alone, so that a resumed training draws the same.
    began, rng = time.monotonic(), np.random.default_rng([job.seed, epoch])
    order = rng.permutation(len(labels))
    strength = warp_strength(epoch / config.epochs)
    warps = draw_warps(len(labels), rng, strength) if config.warped else None
    steps, means = math.ceil(len(labels) / config.batch_size), _RunningMeans()
    for step in range(steps):
        rows = order[step * config.batch_size : (step + 1) * config.batch_size]
        batch = images[rows] if warps is None else apply_warps(images[rows], warps[rows])
        done = epoch * steps + step
        rate = (
            plateau_rate(config.learning_rate, val_losses)
            if config.plateaus
            else one_cycle_rate(config.learning_rate, done / (config.epochs * steps))
        )
        network.optimizer.learning_rate = rate
        targets = job.targets(batch, labels[rows])
        weights = None if job.splits.weights is None else job.splits.weights[rows]
        logs = network.train_on_batch(
            batch[..., None], targets, sample_weight=weights, return_dict=True
        )
        means.add(logs, len(rows))
        figures = f"loss {means['loss']:.3f}  accuracy {means['accuracy']:.3f}"
        on_progress(
            f"epoch {epoch + 1}/{config.epochs}  {figures}", done + 1, config.epochs * steps
        )
    validation = _validate(job)
    return {
        **means.all(),
        **{f"val_{name}": value for name, value in validation.items()},
        "learning_rate": rate,
        "seconds": time.monotonic() - began,
    }


def _validate(job: TrainingJob) -> dict[str, float]:
    """Return loss and accuracy on the val split."""
    network = job.update_validated() if job.update_validated else job.network
    means = _RunningMeans()
    for start in range(0, len(job.splits.val.labels), VALIDATION_BATCH):
        images, labels = (part[start : start + VALIDATION_BATCH] for part in job.splits.val)
        truth = one_hot(labels, network.output_shape[-1])
        logs = network.test_on_batch(images[..., None], truth, return_dict=True)
        means.add(logs, len(labels))
    return means.all()


class _RunningMeans:
    """Means over all rows of an epoch so far; Keras's `..._on_batch` return those of one batch."""

    def __init__(self) -> None:
        self._sums: dict[str, float] = {}
        self._rows = 0

    def add(self, logs: dict[str, float], rows: int) -> None:
        """Add the means of a batch of so many rows."""
        self._rows += rows
        for name, value in logs.items():
            self._sums[name] = self._sums.get(name, 0.0) + float(value) * rows

    def __getitem__(self, name: str) -> float:
        return self._sums[name] / self._rows

    def all(self) -> dict[str, float]:
        """Return the means by name."""
        return {name: self[name] for name in self._sums}


def _is_best(val_losses: list[float]) -> bool:
    """Return whether the last epoch is the first one with the lowest loss."""
    return val_losses.index(min(val_losses)) == len(val_losses) - 1


def label_targets(classes: int) -> Targets:
    """Return targets that depend on the labels alone."""
    return lambda _, labels: one_hot(labels, classes)


def one_hot(labels: Labels, classes: int) -> NDArray[np.float32]:
    """Return float32 `(n, classes)`: 1 at the label, else 0."""
    return np.eye(classes, dtype=np.float32)[labels]


def _list_variables(network: Any) -> list[Any]:
    """Return all variables that the next epochs depend on, in a fixed order.

    Those are the weights, the moving statistics of normalizations, the states of dropout's random
    numbers, and the variables of the optimizer.
    """
    return [*network.variables, *network.optimizer.variables]


def _copy_variables(network: Any) -> list[NDArray[Any]]:
    return [np.asarray(variable.numpy()) for variable in _list_variables(network)]


def _restore_variables(network: Any, arrays: list[NDArray[Any]]) -> list[NDArray[Any]]:
    """Set the variables to the first arrays and return the remaining ones: the best weights."""
    variables = _list_variables(network)
    for variable, value in zip(variables, arrays[: len(variables)], strict=True):
        variable.assign(value)
    return arrays[len(variables) :]
