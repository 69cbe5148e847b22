"""Trains the referee on base rows made to look like players' canvases, once for each data set, and keeps it in Storage."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import grey_dilation

from pipeline.dataset import Labels, Rows, base_digest, read_base
from pipeline.drawings import Images
from pipeline.errors import ObjectExists, ObjectMissing
from pipeline.evidence import random_doubts, strangeness
from pipeline.ports import ArtefactStore
from pipeline.progress import OnProgress, silent
from pipeline.recipes import Course
from pipeline.records import Split
from pipeline.referee import Referee, dump_referee, load_referee
from pipeline.revisions import FOLDER

COURSE = Course(epochs=5, batch_size=128, learning_rate=4e-3, dropout=0.4, warped=True)
MOST_ROWS = 60_000  # of the train split: two to three minutes on two cores; more would make it little better
MOST_VALIDATED = 2_000
THICKEST = 2.0  # pixels that a stroke grows each way
BLOCK_ROWS = 4_096
CROSS = np.array([[[False, True, False], [True, True, True], [False, True, False]]])
SALT = 0x5EE


def referee_path(digest: str) -> str:
    """Where the referee of the data set whose revision 0 has this digest lies in Storage."""
    return f"{FOLDER}/referee-{digest}.npz"


def the_referee(artefacts: ArtefactStore, dataset: Path, *, seed: int, on_progress: OnProgress = silent) -> Referee:
    """The referee of the data set: the stored one; trained and stored now when there is none, as before an older baseline."""
    path = referee_path(base_digest(dataset))
    try:
        return load_referee(artefacts.read(path))
    except ObjectMissing:
        referee = train_referee(dataset, seed=seed, on_progress=on_progress)
    with suppress(ObjectExists):  # somebody else's is as good; all have to use the same
        artefacts.create(path, dump_referee(referee))
    return load_referee(artefacts.read(path))


def train_referee(dataset: Path, *, seed: int, on_progress: OnProgress = silent) -> Referee:
    """Trains the referee on the first base rows, a fair sample. Raises InvalidDataset when the file is missing or damaged."""
    import keras

    from pipeline.fitting import Fit, Splits, fit, hard
    from pipeline.processor import best_precision
    from pipeline.teacher import build_teacher

    rng = np.random.default_rng([seed, SALT])
    splits = Splits(
        as_played(read_base(dataset, Split.TRAIN, MOST_ROWS), rng), as_played(read_base(dataset, Split.VAL, MOST_VALIDATED), rng)
    )
    keras.utils.set_random_seed(seed)
    network = build_teacher(COURSE.dropout, best_precision())
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    network.compile(keras.optimizers.Adam(COURSE.learning_rate), loss, metrics=["accuracy"])

    def told(message: str, done: int = 0, total: int = 0) -> None:
        on_progress(f"referee: {message}", done, total)

    fit(Fit(network, COURSE, splits, seed, hard, None, {}), told)
    return _measured(_referee(network), splits.val, rng)


def as_played(rows: Rows, rng: np.random.Generator) -> Rows:
    """The same rows with strokes as thick as players' pens make them, each by a chance of its own; lines of one pixel stay."""
    return Rows(thickened(rows.images, rng.uniform(0, THICKEST, len(rows.labels))), rows.labels)


def thickened(images: Images, by: NDArray[np.float64]) -> Images:
    """The drawings, uint8 `(n, 28, 28)`, each stroke `by` pixels thicker each way, `(n,)` in [0, 2]; parts of one as grey."""
    thick = np.empty_like(images)
    for at in range(0, len(images), BLOCK_ROWS):
        block, share = images[at : at + BLOCK_ROWS], by[at : at + BLOCK_ROWS, None, None]
        once = grey_dilation(block, size=(1, 3, 3))
        twice = grey_dilation(once, footprint=CROSS)
        grown = np.maximum(np.minimum(share, 1) * once, np.maximum(share - 1, 0) * twice)
        thick[at : at + BLOCK_ROWS] = np.maximum(block, grown.astype(np.uint8))
    return thick


def _referee(network: Any) -> Referee:
    """The trained network as arrays; nothing is known yet about what it says."""
    arrays = []
    for layer in network.layers:
        held = [np.asarray(weights, np.float32) for weights in layer.get_weights()]
        if len(held) == 4:  # noqa: PLR2004 - a normalisation: gamma, beta, mean, variance
            factor = held[0] / np.sqrt(held[3] + np.float32(layer.epsilon))
            arrays += [factor, held[1] - held[2] * factor]
        elif held and held[0].ndim > 1:
            arrays += [held[0].reshape(-1, held[0].shape[-1]), *held[1:]]
    nothing = np.empty(0, np.float32)
    return Referee(*arrays, wrong_doubts=nothing, strangeness=nothing)


def _measured(referee: Referee, unseen: Rows, rng: np.random.Generator) -> Referee:
    seen = referee.embed(unseen.images)
    return referee
