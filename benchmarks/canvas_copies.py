"""What canvas-drawn copies of base rows bring: on bitmaps, and on canvases of two kinds.

    python -m benchmarks.canvas_copies --raw FOLDER

Seven in ten drawings of each class are the data set. Of the others, which no training sees,
accuracy is measured: as Google's bitmaps; on canvases of the simulated players; and on canvases
whose strokes were traced and drawn with a round pen (`traced_canvas.py`). Each recipe is trained
without copies and with the recipe's own number (or `--copies`), with the same seeds.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.traced_canvas import traced_png
from emulator.players.canvases import canvas_png
from pipeline.categories import CATEGORIES
from pipeline.dataset.preprocess import preprocess
from pipeline.dataset.raw_drawings import find_raw
from pipeline.drawings import SIDE, Images, Labels, centroid_crop, normalize_canvas
from pipeline.errors import InvalidDrawing
from pipeline.model.cnn import dump_model
from pipeline.model.file import read_predictor
from pipeline.progress import OnProgress
from pipeline.settings import RecipeName
from pipeline.training.recipes import RECIPES, Recipe
from pipeline.training.train import train

BASE_SHARE = 0.7
Kinds = dict[str, Images]
"""The held-out drawings as the model gets them, by kind."""


def main() -> None:
    """Train without and with copies, seed by seed, and print accuracies and gains."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raw", type=Path, required=True, help="folder with <category>.npy")
    parser.add_argument("--recipes", nargs="+", choices=list(RECIPES), default=["fast"])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--copies", type=int, nargs="+", help="default: the recipe's own number")
    parser.add_argument("--samples-per-class", type=int, default=70_000)
    parser.add_argument("--held-out", type=int, default=6_000, help="drawings to measure on")
    parser.add_argument("--epochs", type=int, help="instead of the recipe's own")
    parser.add_argument("--batch-size", type=int, help="instead of the recipe's own")
    options = parser.parse_args()
    right: dict[tuple[str, int, str], list[NDArray[np.bool_]]] = {}
    for seed in options.seeds:
        with tempfile.TemporaryDirectory() as folder:
            dataset, kinds, labels = make_world(options, Path(folder), seed)
            for name in options.recipes:
                own = RECIPES[RecipeName(name)]
                for copies in dict.fromkeys([0, *(options.copies or [own.copies])]):
                    recipe = own.with_overrides(
                        epochs=options.epochs, batch_size=options.batch_size, copies=copies
                    )
                    answers = train_and_answer(dataset, recipe, seed, kinds)
                    for kind, guesses in answers.items():
                        right.setdefault((name, copies, kind), []).append(guesses == labels)
        print_gains(right)


def make_world(options: argparse.Namespace, folder: Path, seed: int) -> tuple[Path, Kinds, Labels]:
    """Make the data set, and the held-out drawings of each kind; return also their labels."""
    rng = np.random.default_rng(seed)
    held_out: list[tuple[Images, int]] = []
    (folder / "raw").mkdir()
    for label, name in enumerate(CATEGORIES):
        rows = rng.permutation(np.load(find_raw(options.raw, name)))
        base = int(len(rows) * BASE_SHARE)
        np.save(folder / "raw" / f"{name}.npy", rows[:base])
        held_out.extend((row.reshape(SIDE, SIDE), label) for row in rows[base:])
    dataset = folder / "data.h5"
    revision = preprocess(
        folder / "raw",
        dataset,
        categories=CATEGORIES,
        samples_per_class=options.samples_per_class,
        seed=seed,
    )
    chosen = [held_out[index] for index in rng.permutation(len(held_out))[: options.held_out]]
    bitmaps = np.stack([row for row, _ in chosen])
    kinds = {
        "bitmaps": centroid_crop(bitmaps),
        "canvases of players": draw_all(canvas_png, bitmaps, seed),
        "traced canvases": draw_all(traced_png, bitmaps, seed),
    }
    counts = ", ".join(f"{count:,} {split}" for split, count in revision.rows.items())
    print(f"seed {seed}: {counts}, {len(chosen):,} held out", flush=True)
    return dataset, kinds, np.array([label for _, label in chosen], np.uint8)


def draw_all(
    draw: Callable[[Images, np.random.Generator], bytes], bitmaps: Images, seed: int
) -> Images:
    """Put each drawing on a canvas and normalise it; a refused one is blank, so counts as wrong."""
    rng, drawings = np.random.default_rng(seed), np.zeros_like(bitmaps)
    for drawing, row in zip(drawings, bitmaps, strict=True):
        try:
            drawing[:] = normalize_canvas(draw(row, rng))
        except InvalidDrawing as fault:
            print(f"refused: {fault.reason}")
    return drawings


def train_and_answer(
    dataset: Path, recipe: Recipe, seed: int, kinds: Kinds
) -> dict[str, NDArray[np.int64]]:
    """Train a CNN, print how long it took, and return its guesses about each kind."""
    began, processor_began, timer = time.monotonic(), time.process_time(), _Timer()
    model, _ = train(dataset, recipe=recipe, seed=seed, on_progress=timer)
    wall, processor = time.monotonic() - began, time.process_time() - processor_began
    print(
        f"{recipe.name}, {recipe.copies:,} copies, seed {seed}: {wall:.0f} s, of which "
        f"{timer.drawing:.0f} s drew copies ({processor:.0f} s of this process)",
        flush=True,
    )
    predictor = read_predictor(dump_model(model))
    return {kind: predictor.probabilities(rows).argmax(1) for kind, rows in kinds.items()}


class _Timer(OnProgress):
    """Measures how long copies are drawn: the seconds between its first and its last report."""

    def __init__(self) -> None:
        self.first: float | None = None
        self.drawing = 0.0

    def __call__(self, message: str, done: int = 0, total: int = 0) -> None:  # noqa: ARG002
        if message.startswith("drawing"):
            self.first = self.first or time.monotonic()
            self.drawing = time.monotonic() - self.first


def print_gains(right: dict[tuple[str, int, str], list[NDArray[np.bool_]]]) -> None:
    """Print the accuracies, and the gains against no copies with their standard errors."""
    for (name, copies, kind), each in right.items():
        accuracy = 100 * np.mean(each)
        line = f"{name:6} {copies:7,} copies, {kind:20}: {accuracy:.2f} %"
        if copies:
            mean, error = measure_gain(each, right[name, 0, kind])
            line += f", gain {mean:+.2f} points (standard error {error:.2f})"
        print(line, flush=True)


def measure_gain(
    ours: Sequence[NDArray[np.bool_]], others: Sequence[NDArray[np.bool_]]
) -> tuple[float, float]:
    """Return the mean gain in points and its standard error: between drawings, in all seeds."""
    gains = np.concatenate([a.astype(float) - b for a, b in zip(ours, others, strict=True)])
    return 100 * float(gains.mean()), 100 * float(gains.std() / np.sqrt(len(gains)))


if __name__ == "__main__":
    main()
