"""How well each recipe's CNN does on drawings it never saw. Run with `python -m benchmarks.accuracy --raw FOLDER`.

Trained on 80 % of the drawings, with 10 % for choices; measured on the 10 % that are never used for any.
"""

import argparse
import tempfile
import time
from pathlib import Path
from statistics import mean

import numpy as np

from pipeline.dataset.hdf5 import read_base
from pipeline.dataset.preprocess import preprocess
from pipeline.drawings import scale_pixels
from pipeline.records.dataset import Split
from pipeline.settings import RecipeName
from pipeline.training.recipes import RECIPES
from pipeline.training.train import train

SPLIT_SEED = 0


def main() -> None:
    """Trains each recipe with each seed and prints as it goes."""
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
        dataset = Path(folder) / "data.h5"
        rows = preprocess(options.raw, dataset, samples_per_class=70_000, seed=SPLIT_SEED).rows
        print(", ".join(f"{count:,} {split}" for split, count in rows.items() if count))
        for name in options.recipes:
            means[name] = mean(
                [accuracy(dataset, RecipeName(name), seed) for seed in range(options.seeds)]
            )
            print(f"{name}: {means[name]:.2%} on average", flush=True)
    if "plain" in means:
        print(
            ", ".join(
                f"{name} {100 * (found - means['plain']):+.2f} points"
                for name, found in means.items()
                if name != "plain"
            )
        )


def accuracy(dataset: Path, name: RecipeName, seed: int) -> float:
    """On the test split."""
    began, processor_began = time.monotonic(), time.process_time()
    model, curves = train(dataset, recipe=RECIPES[name], seed=seed)
    wall, processor = time.monotonic() - began, time.process_time() - processor_began
    drawings, labels = read_base(dataset, Split.TEST)
    right = float(
        np.mean(model.predict(scale_pixels(drawings)[..., None], verbose=0).argmax(1) == labels)
    )
    print(
        f"{name} seed {seed}: test {right:.2%}, val {curves['val_accuracy'][-1]:.2%}, {len(curves['loss'])} epochs, "
        f"{wall:.0f} s ({processor:.0f} s of processor)",
        flush=True,
    )
    return right


if __name__ == "__main__":
    main()
