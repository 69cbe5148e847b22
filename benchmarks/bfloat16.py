"""Training in bfloat16 against float32: speed and accuracy.

Run with `python -m benchmarks.bfloat16 --raw FOLDER`. Both sides are trained in turns in one run,
with the same seeds. The figures are medians over the seeds; the accuracy is that of the float32 CNN
on the test split.

The speed means something only on a processor with bfloat16 instructions (`avx512_bf16` or
`amx_bf16` in /proc/cpuinfo). Others emulate bfloat16, which is slow, but gives the accuracy all the
same.
"""

import argparse
import tempfile
from pathlib import Path
from statistics import median
from typing import get_args

from benchmarks.accuracy import Measurement, make_dataset, train_and_test
from pipeline.settings import RecipeName
from pipeline.training.processor import Precision, read_bfloat16_flags

SIDES: tuple[Precision, ...] = tuple(side for side in get_args(Precision) if side != "auto")


def main() -> None:
    """Train every recipe with every seed on both sides, and print medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raw", type=Path, required=True, help="folder with <category>.npy")
    parser.add_argument("--samples-per-class", type=int, default=70_000)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--recipes", nargs="+", choices=["fast", "best"], default=["fast", "best"])
    options = parser.parse_args()
    flags = ", ".join(sorted(read_bfloat16_flags()))
    print(f"this processor has {flags or 'no bfloat16 instructions: bfloat16 is emulated'}")
    with tempfile.TemporaryDirectory() as folder:
        dataset = make_dataset(options.raw, Path(folder), options.samples_per_class)
        for name in options.recipes:
            results: dict[Precision, list[Measurement]] = {side: [] for side in SIDES}
            for seed in range(options.seeds):
                for side in SIDES:
                    results[side].append(train_and_test(dataset, RecipeName(name), seed, side))
            print_comparison(name, results)


def print_comparison(name: str, results: dict[Precision, list[Measurement]]) -> None:
    """Print the medians of both sides of a recipe, and how they compare."""
    medians = {
        side: Measurement(*(median(values) for values in zip(*measurements, strict=True)))
        for side, measurements in results.items()
    }
    for side, middle in medians.items():
        print(
            f"{name} in {side:8}: test accuracy {middle.accuracy:.2%}, "
            f"{middle.wall:.1f} s ({middle.processor:.1f} s of processor)"
        )
    half, full = medians["bfloat16"], medians["float32"]
    differences = [
        100 * (one.accuracy - other.accuracy)
        for one, other in zip(results["bfloat16"], results["float32"], strict=True)
    ]
    print(
        f"{name}: bfloat16 is {full.wall / half.wall:.2f} times as fast as float32 by the clock, "
        f"{full.processor / half.processor:.2f} times by the processor; accuracy "
        f"{100 * (half.accuracy - full.accuracy):+.2f} points (by seed: "
        f"{', '.join(f'{difference:+.2f}' for difference in differences)})",
        flush=True,
    )


if __name__ == "__main__":
    main()
