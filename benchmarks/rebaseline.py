"""Compare a new baseline with the best head on the old backbone, from the same answers.

Run with `python -m benchmarks.rebaseline --raw FOLDER`.

Both sides learn from the same base rows and the same answers of players; an eighth of the answers
is held back, by which the head's hyperparameters are chosen. Accuracy is measured on players held
out and on clean drawings that neither has seen.
"""

import argparse
import math
import tempfile
import time
from pathlib import Path
from statistics import mean, stdev
from typing import NamedTuple

import numpy as np

from benchmarks.answer_streams import Sending, send
from benchmarks.gain import HELD_BACK, fit_ours
from benchmarks.gain import measure as measure_head
from benchmarks.players import Drawings, featurize_world, make_drawings
from pipeline.dataset.hdf5 import read_base
from pipeline.model.cnn import dump_model
from pipeline.model.file import read_predictor
from pipeline.model.predict import Predictor
from pipeline.records.dataset import Split
from pipeline.settings import RecipeName
from pipeline.training.answers import Answers
from pipeline.training.recipes import FAST, RECIPES
from pipeline.training.train import train

SIZES = (2500, 5000, 13_243)
WEIGHTS = (1.0,)


class Result(NamedTuple):
    """Accuracies on players held out and on clean drawings, and the seconds that it took."""

    players: float
    clean: float
    seconds: float


def main() -> None:
    """Measure world by world, and print the means after each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raw", type=Path, required=True, help="folder with <category>.npy")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--weights", type=float, nargs="+", default=WEIGHTS)
    parser.add_argument("--recipes", nargs="+", default=["fast"], choices=["fast", "best"])
    parser.add_argument("--shifted", action="store_true", help="all canvases are slanted")
    options = parser.parse_args()
    results: dict[str, list[Result]] = {}
    for seed in range(options.seeds):
        with tempfile.TemporaryDirectory() as folder:
            drawings = make_drawings(options.raw, seed, Path(folder), shifted=options.shifted)
            measure_world(drawings, seed, options, results)
        print_means(results, seed + 1)


def measure_world(
    drawings: Drawings, seed: int, options: argparse.Namespace, results: dict[str, list[Result]]
) -> None:
    """Add the results of both sides in one world."""

    def add(name: str, result: Result) -> None:
        results.setdefault(name, []).append(result)

    began = time.monotonic()
    network, _ = train(drawings.dataset, recipe=FAST, seed=seed)
    old = read_predictor(dump_model(network))
    add("the old baseline", measure_model(old, drawings, began))
    world = featurize_world(old, drawings)
    stream = send(world, Sending.EVERY, np.random.default_rng(seed))
    for size in options.sizes:
        answers = stream.first(size)
        rows = answers.drawings
        began = time.monotonic()
        head = fit_ours(world, answers)[1].head
        add(f"{len(rows):6,} answers, head", Result(*measure_head(world, head), lasted(began)))
        for recipe in options.recipes:
            for weight in options.weights:
                began = time.monotonic()
                model = train_new(drawings, rows, weight, recipe, seed)
                name = f"{len(rows):6,} answers, new baseline, {recipe}, weight {weight:g}"
                add(name, measure_model(model, drawings, began))


def train_new(
    drawings: Drawings, rows: np.ndarray, weight: float, recipe: str, seed: int
) -> Predictor:
    """Train all layers on the base rows and on the answers that a head is fitted to."""
    learned = rows[np.arange(len(rows)) % HELD_BACK != 0]
    images, labels = (part[learned] for part in drawings.played)
    answers = Answers(images, labels, np.full(len(learned), weight, np.float32))
    network, _ = train(
        drawings.dataset, recipe=RECIPES[RecipeName(recipe)], seed=seed, answers=answers
    )
    return read_predictor(dump_model(network))


def measure_model(model: Predictor, drawings: Drawings, began: float) -> Result:
    """Measure a model that was made since `began`."""
    seconds = lasted(began)
    players, clean = (
        float(np.mean(model.probabilities(rows.images).argmax(1) == rows.labels))
        for rows in (drawings.held_out, read_base(drawings.dataset, Split.TEST))
    )
    return Result(players, clean, seconds)


def lasted(began: float) -> float:
    """Return the seconds since then."""
    return time.monotonic() - began


def print_means(results: dict[str, list[Result]], worlds: int) -> None:
    """Print means and standard errors over the worlds so far."""
    print(f"{worlds} worlds; players held out, clean drawings, seconds:")
    for name, measured in results.items():
        players, clean, seconds = zip(*measured, strict=True)
        figures = [f"{100 * mean(values):6.2f}% {error(values)}" for values in (players, clean)]
        print(f"{name:48} {'  '.join(figures)} {mean(seconds):6.0f}", flush=True)


def error(values: tuple[float, ...]) -> str:
    """Return the standard error of a mean of shares, in points; empty for one value."""
    if len(values) == 1:
        return ""
    return f"(± {100 * stdev(values) / math.sqrt(len(values)):.2f})"


if __name__ == "__main__":
    main()
