"""How soon a recipe reaches the plain recipe's best accuracy, and in how much memory.

Run with `python -m benchmarks.train --dataset FILE`. Each side runs in a process of its own, one
after the other. Time is measured from the moment when TensorFlow is loaded to the end of an epoch's
validation. Beside wall-clock time there is processor time, which other programs on the machine
disturb less.
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
    """Measure both sides and print; with `--only`, measure one side and print it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--dataset", type=Path, required=True, help="data set made by `redraw preprocess`"
    )
    parser.add_argument("--recipe", choices=[str(name) for name in RecipeName], default="fast")
    parser.add_argument("--only", choices=[REFERENCE, "ours"], help="run one side in this process")
    options = parser.parse_args()
    if options.only:
        recipe = None if options.only == REFERENCE else RecipeName(options.recipe)
        print(json.dumps(measure_side(options.dataset, recipe)))
        return
    sides = {side: measure_in_process(side, options) for side in (REFERENCE, "ours")}
    best = max(accuracy for accuracy, _, _ in sides[REFERENCE]["epochs"])
    print(f"the plain recipe's best accuracy on the val split: {best:.2%}")
    reached = {side: find_first_to_reach(best, result) for side, result in sides.items()}
    for side, result in sides.items():
        last, times = result["epochs"][-1], reached[side]
        when = f"in {times[0]:.0f} s ({times[1]:.0f} s of processor)" if times else "never"
        print(
            f"{side:9} reaches it {when}; ends with {last[0]:.2%} after "
            f"{len(result['epochs'])} epochs, {last[1]:.0f} s ({last[2]:.0f} s of processor); "
            f"{result['peak']:.2f} GB at most"
        )
    reference_end, our_end = reached[REFERENCE], reached["ours"]
    if reference_end and our_end:
        wall, processor = (
            reference / ours for reference, ours in zip(reference_end, our_end, strict=True)
        )
        print(
            f"{options.recipe} reaches it {wall:.1f} times sooner by the clock, "
            f"{processor:.1f} times by the processor"
        )


def measure_in_process(side: str, options: argparse.Namespace) -> dict[str, Any]:
    """Run `measure_side` in another process and return its result."""
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
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    result: dict[str, Any] = json.loads(output.splitlines()[-1])
    return result


def find_first_to_reach(accuracy: float, result: dict[str, Any]) -> tuple[float, float] | None:
    """Return wall and processor seconds at the first epoch with this accuracy, None without one."""
    return next((tuple(times) for value, *times in result["epochs"] if value >= accuracy), None)


def measure_side(dataset: Path, recipe: RecipeName | None) -> dict[str, Any]:
    """Train one side in this process; None trains the reference.

    Returns:
        epochs: accuracy, wall seconds and processor seconds at the end of each epoch. peak: the
        largest use of memory, in GB.
    """
    from benchmarks.plain_training import plain_train
    from pipeline.training.train import train

    began, processor_began = time.monotonic(), time.process_time()
    ends: list[tuple[float, float]] = []

    def note_end() -> None:
        ends.append((time.monotonic() - began, time.process_time() - processor_began))

    if recipe is None:
        accuracies: list[float] = []

        def note_epoch(accuracy: float) -> None:
            accuracies.append(accuracy)
            note_end()

        plain_train(dataset, SEED, note_epoch)
    else:
        epoch = 1

        def report_progress(message: str, done: int = 0, total: int = 0) -> None:
            nonlocal epoch
            print(f"\r{message}  {done}/{total}", end="", file=sys.stderr)
            # The first step of an epoch means that the epoch before it has ended.
            if message.startswith(f"epoch {epoch + 1}/"):
                epoch += 1
                note_end()

        _, curves = train(dataset, recipe=RECIPES[recipe], seed=SEED, on_progress=report_progress)
        note_end()
        accuracies = curves["val_accuracy"]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return {
        "epochs": [[accuracy, *end] for accuracy, end in zip(accuracies, ends, strict=True)],
        "peak": peak,
    }


if __name__ == "__main__":
    main()
