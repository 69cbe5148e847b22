"""Training of the referee on base rows, once for each data set; it is then kept in Storage."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.baseline_extra import require_tensorflow
from pipeline.dataset.hdf5 import Rows, describe, read_base, read_base_digest
from pipeline.drawings import Images, Labels
from pipeline.errors import ObjectExists, ObjectMissing
from pipeline.ports import ArtefactStore
from pipeline.progress import OnProgress, silent
from pipeline.records.dataset import Split
from pipeline.screening.label_check import neighbour_distance, normalize_length
from pipeline.screening.limits import other_label_losses
from pipeline.screening.no_class import draw_scrawls, make_patchworks
from pipeline.screening.referee import Referee, dump_referee, load_referee
from pipeline.storage_paths import REFEREE, name_dataset
from pipeline.training.processor import Precision, choose_precision
from pipeline.training.recipes import TrainingConfig

MOST_ROWS = 50_000  # of the train split; more take minutes and hardly improve the referee
MOST_VALIDATION_ROWS = 2_000  # of the val split
CONFIG = TrainingConfig(epochs=6, batch_size=128, learning_rate=4e-3, dropout=0.4, warped=True)
# With fewer rows, batches are a quarter as large: otherwise there would be too few steps.
FEW_ROWS = 4_000
NO_CLASS_SHARE = 0.1  # patchworks for each base row, and as many scrawls
REFERENCE_DOUBTS = 2_000
REFERENCE_EMBEDDINGS = 4_000
SALT = 0x5EE  # keeps these random numbers apart from those of other steps with the same seed


def load_or_train_referee(
    artefacts: ArtefactStore,
    dataset: Path,
    *,
    seed: int,
    precision: Precision = "auto",
    on_progress: OnProgress = silent,
) -> Referee:
    """Load the referee of a data set from Storage; train and store it first when it is missing.

    Args:
        artefacts: Storage.
        dataset: the HDF5 file.
        seed: of the training.
        precision: the number format to train in.
        on_progress: called after each step of the training.
    """
    name = name_dataset(len(describe(dataset).categories))
    path = REFEREE.fill(dataset=name, digest=read_base_digest(dataset))
    try:
        return load_referee(artefacts.read(path))
    except ObjectMissing:
        referee = train_referee(dataset, seed=seed, precision=precision, on_progress=on_progress)
    # If another process stored one meanwhile, that one is used: all processes must use the same.
    with suppress(ObjectExists):
        artefacts.create(path, dump_referee(referee))
    return load_referee(artefacts.read(path))


def train_referee(
    dataset: Path, *, seed: int, precision: Precision = "auto", on_progress: OnProgress = silent
) -> Referee:
    """Train the referee on the first base rows, which are a random sample of all of them.

    Args:
        dataset: the HDF5 file.
        seed: of weights, order of rows, warps and drawings of no class.
        precision: the number format to train in; the referee's weights are float32 in any case.
        on_progress: called after each step.

    Raises:
        InvalidDataset: the file is missing or damaged.
        TensorFlowMissing: it is not installed.
    """
    require_tensorflow("the training of the referee")
    # Imported here, so that a process that finds a stored referee does not load TensorFlow.
    import keras

    from pipeline.training.fitting import Splits, TrainingJob, train_network
    from pipeline.training.teacher import build_teacher

    rng = np.random.default_rng([seed, SALT])
    base = read_base(dataset, Split.TRAIN, MOST_ROWS)
    validation = read_base(dataset, Split.VAL, MOST_VALIDATION_ROWS)
    config = CONFIG
    if len(base.labels) < FEW_ROWS:
        config = replace(config, batch_size=config.batch_size // 4)
    keras.utils.set_random_seed(seed)
    classes = len(describe(dataset).categories)
    network = build_teacher(config.dropout, choose_precision(precision), classes)
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    network.compile(keras.optimizers.Adam(config.learning_rate), loss, metrics=["accuracy"])

    def report_progress(message: str, done: int = 0, total: int = 0) -> None:
        on_progress(f"referee: {message}", done, total)

    splits = Splits(_add_no_class_rows(base, classes, rng), validation)
    targets = _make_targets(classes)
    train_network(TrainingJob(network, config, splits, seed, targets, None, {}), report_progress)
    return _add_references(_export_weights(network), base, validation, rng)


def _add_no_class_rows(base: Rows, classes: int, rng: np.random.Generator) -> Rows:
    """Return the rows, followed by drawings that fit no class, whose label is `classes`."""
    count = int(NO_CLASS_SHARE * len(base.labels))
    extra = np.concatenate([make_patchworks(base.images, count, rng), draw_scrawls(count, rng)])
    labels = np.concatenate([base.labels, np.full(len(extra), classes, np.uint8)])
    return Rows(np.concatenate([base.images, extra]), labels)


def _make_targets(classes: int) -> Callable[[Images, Labels], NDArray[np.float32]]:
    """Return a function from labels to target probabilities.

    The target of a drawing of no class, label `classes`, is the same probability for every class:
    D. Hendrycks and others, "Deep Anomaly Detection with Outlier Exposure", ICLR 2019.
    """
    by_label = np.eye(classes + 1, classes, dtype=np.float32)
    by_label[classes] = 1 / classes

    def select_targets(images: Images, labels: Labels) -> NDArray[np.float32]:  # noqa: ARG001
        targets: NDArray[np.float32] = by_label[labels]
        return targets

    return select_targets


def _export_weights(network: Any) -> Referee:
    """Return the network's weights for NumPy; the reference figures are still empty.

    The layers come in the order of Referee's fields. A batch normalization becomes a factor and a
    shift for each channel.
    """
    arrays = []
    for layer in network.layers:
        if hasattr(layer, "moving_variance"):
            gamma, beta, mean, variance = layer.get_weights()
            factor = gamma / np.sqrt(variance + layer.epsilon)
            arrays += [factor, beta - mean * factor]
        elif weights := layer.get_weights():
            arrays += [weights[0].reshape(-1, weights[0].shape[-1]), *weights[1:]]
    references = 4 * [np.empty(0, np.float32)]
    floats = [np.asarray(array, np.float32) for array in arrays]
    return Referee(**dict(zip(Referee._fields, [*floats, *references], strict=True)))


def _add_references(
    referee: Referee, base: Rows, validation: Rows, rng: np.random.Generator
) -> Referee:
    """Return the referee with its reference figures, measured on base and validation rows."""
    known = normalize_length(referee.embed(base.images[:REFERENCE_EMBEDDINGS]))
    embeddings = referee.embed(validation.images)
    losses = other_label_losses(referee.head.log_probabilities(embeddings), validation.labels)
    return referee._replace(
        wrong_doubts=rng.choice(losses, REFERENCE_DOUBTS),
        known=known,
        distances=neighbour_distance(embeddings, known),
        rows=np.asarray(len(base.labels), np.float32),
    )
