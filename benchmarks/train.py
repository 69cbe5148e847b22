"""How soon a recipe reaches the plain recipe's best accuracy, and in how much memory. Run with `python -m benchmarks.train`.

Each side runs in a process of its own, one after the other. Time begins when TensorFlow is loaded and ends with an epoch's
validation; beside the clock's there is the processor's, which other programs on the machine disturb less.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from pipeline.settings import RecipeName
from pipeline.training.recipes import RECIPES

SEED = 0
REFERENCE = "reference"


def main() -> None:
    """Measures and prints; with `--only`, one side, as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--dataset", type=Path, required=True, help="data set made by `redraw preprocess`"
    )
    parser.add_argument("--recipe", choices=[str(name) for name in RecipeName], default="fast")
    parser.add_argument("--only", choices=[REFERENCE, "ours"], help="run one side in this process")
    options = parser.parse_args()
    if options.only:
        print(
            json.dumps(
                measured(
                    options.dataset,
                    None if options.only == REFERENCE else RecipeName(options.recipe),
                )
            )
        )
        return
    sides = {side: in_a_process(side, options) for side in (REFERENCE, "ours")}
    best = max(accuracy for accuracy, _, _ in sides[REFERENCE]["epochs"])
    print(f"the plain recipe's best accuracy on the val split: {best:.2%}")
    reached = {side: first_to_reach(best, found) for side, found in sides.items()}
    for side, found in sides.items():
        last = found["epochs"][-1]
        told = (
            f"in {reached[side][0]:.0f} s ({reached[side][1]:.0f} s of processor)"
            if reached[side]
            else "never"
        )
        print(
            f"{side:9} reaches it {told}; ends with {last[0]:.2%} after {len(found['epochs'])} epochs, "
            f"{last[1]:.0f} s ({last[2]:.0f} s of processor); {found['peak']:.2f} GB at most"
        )
    if reached["ours"]:
        wall, processor = (reached[REFERENCE][at] / reached["ours"][at] for at in (0, 1))
        print(
            f"{options.recipe} reaches it {wall:.1f} times sooner by the clock, {processor:.1f} times by the processor"
        )


def in_a_process(side: str, options: argparse.Namespace) -> dict[str, Any]:
    """What one side measured."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.train",
        "--dataset",
        options.dataset,
        "--recipe",
        options.recipe,
        "--only",
        side,
    ]
    found: dict[str, Any] = json.loads(
        subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.splitlines()[-1]
    )
    return found


def first_to_reach(accuracy: float, found: dict[str, Any]) -> tuple[float, float] | None:
    """Seconds by the clock and by the processor when it got there first."""
    return next((tuple(times) for reached, *times in found["epochs"] if reached >= accuracy), None)


def measured(dataset: Path, recipe: RecipeName | None) -> dict[str, Any]:
    """Accuracy, wall and processor seconds of each epoch's end, and the peak of memory in GB. No recipe: the reference."""
    from benchmarks.plain_training import plain_train
    from pipeline.training.train import train

    began, processor_began = time.monotonic(), time.process_time()
    ends: list[tuple[float, float]] = []

    def note() -> None:
        ends.append((time.monotonic() - began, time.process_time() - processor_began))

    if recipe is None:
        accuracies: list[float] = []
        plain_train(dataset, SEED, lambda accuracy: (accuracies.append(accuracy), note()))
    else:
        noted = 1

        def told(message: str, done: int = 0, total: int = 0) -> None:
            nonlocal noted
            print(f"\r{message}  {done}/{total}", end="", file=sys.stderr)
            if message.startswith(
                f"epoch {noted + 1}/"
            ):  # the epoch before has ended, one step ago
                noted += 1
                note()

        _, curves = train(dataset, recipe=RECIPES[recipe], seed=SEED, on_progress=told)
        note()
        accuracies = curves["val_accuracy"]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return {
        "epochs": [[accuracy, *end] for accuracy, end in zip(accuracies, ends, strict=True)],
        "peak": peak,
    }


if __name__ == "__main__":
    main()
