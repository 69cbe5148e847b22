"""Trains the referee on base rows made to look like what players send, once for each data set, and keeps it in Storage."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.categories import CATEGORIES
from pipeline.dataset.hdf5 import Rows, read_base, read_base_digest
from pipeline.drawings import Images, Labels
from pipeline.errors import ObjectExists, ObjectMissing
from pipeline.ports import ArtefactStore
from pipeline.progress import OnProgress, silent
from pipeline.records.dataset import Split
from pipeline.screening.label_check import (
    neighbour_distance,
    normalize_length,
    other_label_losses,
)
from pipeline.screening.no_class import patchworks, scrawls
from pipeline.screening.referee import Referee, dump_referee, load_referee
from pipeline.storage_paths import REFEREE
from pipeline.training.recipes import TrainingConfig

MOST_ROWS = 50_000  # of the train split; more takes minutes and makes it little better
MOST_UNSEEN = 2_000  # of the val split
COURSE = TrainingConfig(epochs=6, batch_size=128, learning_rate=4e-3, dropout=0.4, warped=True)
FEW_ROWS = (
    4_000  # with fewer, steps of a quarter as many rows: else they would be too few to get anywhere
)
NO_CLASS = len(CATEGORIES)  # the label, in training alone, of what is no class
NO_CLASS_SHARE = 0.1  # as many patchworks, and as many scrawls, for each row
FITTING = 0.997  # of unseen drawings are less strange than what fits no class; players' are a little stranger
KEPT_DOUBTS = 2_000
KNOWN = 4_000  # base rows that the referee keeps its view of
SALT = 0x5EE  # keeps this luck apart from that of other steps under the same seed

# An outlier is to be undecided: D. Hendrycks and others, "Deep Anomaly Detection with Outlier Exposure", ICLR 2019.
TARGETS = np.concatenate([np.eye(NO_CLASS), np.full((1, NO_CLASS), 1 / NO_CLASS)]).astype(
    np.float32
)


def load_or_train_referee(
    artefacts: ArtefactStore, dataset: Path, *, seed: int, on_progress: OnProgress = silent
) -> Referee:
    """The referee of the data set: the stored one, or, when an older baseline left none, one trained and stored now."""
    path = REFEREE.fill(digest=read_base_digest(dataset))
    try:
        return load_referee(artefacts.read(path))
    except ObjectMissing:
        referee = train_referee(dataset, seed=seed, on_progress=on_progress)
    with suppress(ObjectExists):  # somebody else's is as good, but all must use the same
        artefacts.create(path, dump_referee(referee))
    return load_referee(artefacts.read(path))


def train_referee(dataset: Path, *, seed: int, on_progress: OnProgress = silent) -> Referee:
    """Trains the referee on the first base rows, a fair sample of them.

    Raises InvalidDataset when the file is missing or damaged.
    """
    import keras  # here, so that whoever finds a stored referee needs no TensorFlow

    from pipeline.training.fitting import Splits, TrainingJob, train_network
    from pipeline.training.processor import best_precision
    from pipeline.training.teacher import build_teacher

    rng = np.random.default_rng([seed, SALT])
    base = read_base(dataset, Split.TRAIN, MOST_ROWS)
    unseen = read_base(dataset, Split.VAL, MOST_UNSEEN)
    course = (
        COURSE
        if len(base.labels) >= FEW_ROWS
        else replace(COURSE, batch_size=COURSE.batch_size // 4)
    )
    keras.utils.set_random_seed(seed)
    network = build_teacher(course.dropout, best_precision())
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    network.compile(keras.optimizers.Adam(course.learning_rate), loss, metrics=["accuracy"])

    def told(message: str, done: int = 0, total: int = 0) -> None:
        on_progress(f"referee: {message}", done, total)

    train_network(
        TrainingJob(network, course, Splits(_lessons(base, rng), unseen), seed, _targets, None, {}),
        told,
    )
    return _measured(_arrays(network), base, unseen, rng)


def _lessons(base: Rows, rng: np.random.Generator) -> Rows:
    """The rows, and drawings of no class among them."""
    count = int(NO_CLASS_SHARE * len(base.labels))
    strange = np.concatenate([patchworks(base.images, count, rng), scrawls(count, rng)])
    labels = np.concatenate([base.labels, np.full(len(strange), NO_CLASS, np.uint8)])
    return Rows(np.concatenate([base.images, strange]), labels)


def _targets(images: Images, labels: Labels) -> NDArray[np.float32]:  # noqa: ARG001
    chosen: NDArray[np.float32] = TARGETS[labels]
    return chosen


def _arrays(network: Any) -> Referee:
    """The trained network for NumPy; what it says about unseen drawings is not known yet."""
    arrays = []
    for layer in network.layers:
        if hasattr(layer, "moving_variance"):
            gamma, beta, mean, variance = layer.get_weights()
            factor = gamma / np.sqrt(variance + layer.epsilon)
            arrays += [factor, beta - mean * factor]
        elif held := layer.get_weights():
            arrays += [held[0].reshape(-1, held[0].shape[-1]), *held[1:]]
    nothing = np.empty(0, np.float32)
    weights = [np.asarray(array, np.float32) for array in arrays]
    return Referee(**dict(zip(Referee._fields, [*weights, *(3 * [nothing])], strict=True)))


def _measured(referee: Referee, base: Rows, unseen: Rows, rng: np.random.Generator) -> Referee:
    known = normalize_length(referee.embed(base.images[:KNOWN]))
    embedded = referee.embed(unseen.images)
    return referee._replace(
        wrong_doubts=rng.choice(
            other_label_losses(referee.head.log_probabilities(embedded), unseen.labels),
            KEPT_DOUBTS,
        ),
        known=known,
        strange=np.asarray(np.quantile(neighbour_distance(embedded, known), FITTING), np.float32),
    )
