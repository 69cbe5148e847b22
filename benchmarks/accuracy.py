"""The accuracy of each recipe's CNN on the test split.

Run with `python -m benchmarks.accuracy --raw FOLDER`. Each CNN is trained on 80 % of the drawings.
10 % are the val split, and the accuracy is measured on the other 10 %, which nothing else uses.
"""

import argparse
import tempfile
import time
from pathlib import Path
from statistics import mean
from typing import NamedTuple

import numpy as np

from pipeline.categories import CATEGORIES
from pipeline.dataset.hdf5 import read_base
from pipeline.dataset.preprocess import preprocess
from pipeline.drawings import scale_pixels
from pipeline.records.dataset import Split
from pipeline.settings import RecipeName
from pipeline.training.processor import Precision
from pipeline.training.recipes import RECIPES
from pipeline.training.train import train

SPLIT_SEED = 0


class Measurement(NamedTuple):
    """One training. accuracy: on the test split, 0 to 1. wall, processor: seconds it took."""

    accuracy: float
    wall: float
    processor: float


def main() -> None:
    """Train each recipe with each seed, and print the accuracies."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raw", type=Path, required=True, help="folder with <category>.npy")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument(
        "--recipes",
        nargs="+",
        choices=[str(name) for name in RecipeName],
        default=[str(name) for name in RecipeName],
    )
    options = parser.parse_args()
    means = {}
    with tempfile.TemporaryDirectory() as folder:
        dataset = make_dataset(options.raw, Path(folder), 70_000)
        for name in options.recipes:
            seeds = range(options.seeds)
            results = [train_and_test(dataset, RecipeName(name), seed) for seed in seeds]
            means[name] = mean(result.accuracy for result in results)
            print(f"{name}: {means[name]:.2%} on average", flush=True)
    if "plain" in means:
        gains = {name: 100 * (value - means["plain"]) for name, value in means.items()}
        print(
            ", ".join(
                f"{name} {gain:+.2f} points" for name, gain in gains.items() if name != "plain"
            )
        )


def make_dataset(raw: Path, folder: Path, samples_per_class: int) -> Path:
    """Preprocess raw drawings into a data set in `folder`, print its size and return its path."""
    dataset = folder / "data.h5"
    rows = preprocess(
        raw, dataset, categories=CATEGORIES, samples_per_class=samples_per_class, seed=SPLIT_SEED
    ).rows
    print(", ".join(f"{count:,} {split}" for split, count in rows.items() if count), flush=True)
    return dataset


def train_and_test(
    dataset: Path, name: RecipeName, seed: int, precision: Precision = "auto"
) -> Measurement:
    """Train a CNN, print how it went, and return its accuracy on the test split."""
    began, processor_began = time.monotonic(), time.process_time()
    model, curves = train(dataset, recipe=RECIPES[name], seed=seed, precision=precision)
    wall, processor = time.monotonic() - began, time.process_time() - processor_began
    drawings, labels = read_base(dataset, Split.TEST)
    guesses = model.predict(scale_pixels(drawings)[..., None], verbose=0).argmax(1)
    accuracy = float(np.mean(guesses == labels))
    print(
        f"{name} seed {seed} {precision}: test {accuracy:.2%}, "
        f"val {curves['val_accuracy'][-1]:.2%}, {len(curves['loss'])} epochs, "
        f"{wall:.0f} s ({processor:.0f} s of processor)",
        flush=True,
    )
    return Measurement(accuracy, wall, processor)


if __name__ == "__main__":
    main()
