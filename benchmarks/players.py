"""A world for benchmarks: a baseline trained on part of real drawings, and players with others."""

import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from emulator.players.canvases import canvas_png
from emulator.players.slant import slant
from pipeline.categories import CATEGORIES
from pipeline.dataset.hdf5 import Rows, read_base
from pipeline.dataset.preprocess import preprocess
from pipeline.drawings import Labels, normalize_canvas
from pipeline.model.cnn import dump_model
from pipeline.model.features import compute_features
from pipeline.model.file import read_predictor
from pipeline.model.predict import Predictor
from pipeline.records.dataset import Split
from pipeline.training.recipes import FAST
from pipeline.training.train import train

BASELINE = FAST.with_overrides(epochs=None, batch_size=None, copies=0)
"""The baseline's recipe. Copies would take most of the time of a world, and the figures in
docs/decisions were measured without them."""
BASE_SHARE = 0.6
"""The share of each class's drawings that are base rows; the others are put on canvases."""
HELD_OUT_SHARE = 0.3
"""The share of the canvases that come from held-out players."""


class World(NamedTuple):
    """A model, and features and labels by part.

    The base rows of train, val and test; what players sent, in order (`played`); and the canvases
    of players who are held out, for measuring only.
    """

    model: Predictor
    train: tuple[NDArray[np.float16], Labels]
    val: tuple[NDArray[np.float16], Labels]
    test: tuple[NDArray[np.float16], Labels]
    played: Rows
    played_features: NDArray[np.float16]
    held_out: tuple[NDArray[np.float16], Labels]


class Drawings(NamedTuple):
    """The drawings of a world: a data set of base rows alone, and players' canvases.

    played: what players sent, in order. held_out: of players who are held out.
    """

    dataset: Path
    played: Rows
    held_out: Rows


def make_world(raw: Path, seed: int, *, shifted: bool = False) -> World:
    """Train the baseline (recipe `fast`) and draw the canvases, the same for the same seed.

    Args:
        raw: folder with `<category>.npy`.
        seed: decides on the baseline's rows, its training and the canvases.
        shifted: players draw a little otherwise than Quick, Draw!: all canvases are slanted.
    """
    with tempfile.TemporaryDirectory() as folder:
        drawings = make_drawings(raw, seed, Path(folder), shifted=shifted)
        network, _ = train(drawings.dataset, recipe=BASELINE, seed=seed)
        return featurize_world(read_predictor(dump_model(network)), drawings)


def featurize_world(model: Predictor, drawings: Drawings) -> World:
    """Compute the features of all drawings by a model."""
    train_rows, val_rows, test_rows = (
        featurize(model, read_base(drawings.dataset, split))
        for split in (Split.TRAIN, Split.VAL, Split.TEST)
    )
    return World(
        model,
        train_rows,
        val_rows,
        test_rows,
        drawings.played,
        featurize(model, drawings.played)[0],
        featurize(model, drawings.held_out),
    )


def make_drawings(raw: Path, seed: int, folder: Path, *, shifted: bool = False) -> Drawings:
    """Preprocess part of real drawings, and draw the others on canvases.

    Args:
        raw: folder with `<category>.npy`.
        seed: decides which rows are base rows, and on the canvases.
        folder: gets the data set, `data.h5`.
        shifted: all canvases are slanted.
    """
    rng = np.random.default_rng(seed)
    canvases: list[tuple[NDArray[np.uint8], int]] = []
    (folder / "raw").mkdir()
    for label, name in enumerate(CATEGORIES):
        rows = rng.permutation(np.load(raw / f"{name}.npy"))
        base = int(len(rows) * BASE_SHARE)
        np.save(folder / "raw" / f"{name}.npy", rows[:base])
        canvases.extend((row, label) for row in rows[base:])
    path = folder / "data.h5"
    preprocess(folder / "raw", path, categories=CATEGORIES, samples_per_class=70_000, seed=seed)
    order = rng.permutation(len(canvases))
    sent = (canvas_png(canvases[index][0].reshape(28, 28), rng) for index in order)
    images = np.array([normalize_canvas(slant(png) if shifted else png) for png in sent])
    labels = np.array([canvases[index][1] for index in order], np.uint8)
    split = int(len(labels) * (1 - HELD_OUT_SHARE))
    return Drawings(
        path, Rows(images[:split], labels[:split]), Rows(images[split:], labels[split:])
    )


def featurize(model: Predictor, rows: Rows) -> tuple[NDArray[np.float16], Labels]:
    """Compute features in the precision of the feature cache, and return them with the labels."""
    return compute_features(model, rows.images).astype(np.float16), rows.labels
