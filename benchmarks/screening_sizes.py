"""Measure whom the screening quarantines: honest answers, and liars of several kinds.

    python -m benchmarks.screening_sizes --samples-per-class 381 --raw FOLDER
    python -m benchmarks.screening_sizes --samples-per-class 400

Without `--raw` the drawings are sketches, and players draw more hastily than the base rows were
drawn: as in the demo. The figures are means over harvests, with their standard errors.
"""

import argparse
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from benchmarks.screening_liars import (
    LIAR_SHARE,
    LIARS,
    Drawn,
    answer_honestly,
    join,
    scribble,
)
from benchmarks.screening_world import (
    Corrections,
    find_quarantined,
    screen,
    split_drawings,
    train_models,
)
from emulator.players.bad_labels import draw_doodles
from emulator.players.canvases import canvas_png
from emulator.players.sketches import PLAYERS_HASTE, sketch_rows
from pipeline.categories import CATEGORIES
from pipeline.drawings import normalize_canvas
from pipeline.model.file import read_predictor
from pipeline.screening import limits

DRAWN = 300  # drawings of each class that players draw
DOODLES = 200
PLAYERS = 240
ANSWERS = 800  # of a harvest in the demo


RULES = {"as it is": limits.EVIDENCE, "as if every referee knew enough": 1.0}
"""The evidence that is asked for. The second is the rule of before."""


def main() -> None:
    """Measure each seed and print the means so far."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raw", type=Path, help="folder with <category>.npy; default: sketches")
    parser.add_argument("--samples-per-class", type=int, default=400, help="of base rows, at most")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--answers", type=int, default=ANSWERS, help="honest answers of a harvest")
    options = parser.parse_args()
    shares: dict[str, dict[str, list[float]]] = {rule: defaultdict(list) for rule in RULES}
    for seed in options.seeds:
        with tempfile.TemporaryDirectory() as name:
            drawn, doodles = make_world(Path(name), options.raw, options.samples_per_class, seed)
            for rule, evidence in RULES.items():
                widening = limits.WIDENING if evidence > 1 else 1.0
                with patch.multiple(limits, EVIDENCE=evidence, WIDENING=widening):
                    for kind, share in measure(Path(name), drawn, doodles, options.answers, seed):
                        shares[rule][kind].append(share)
        print_shares(shares)


def print_shares(shares: dict[str, dict[str, list[float]]]) -> None:
    """Print the mean of each kind for each rule, with its standard error over the harvests."""
    first, *_ = shares.values()
    print(f"| quarantined, {len(first['honest'])} harvests | {' | '.join(shares)} |")
    for kind in first:
        columns = [
            f"{np.mean(kinds[kind]):.1%} +- {np.std(kinds[kind]) / len(kinds[kind]) ** 0.5:.1%}"
            for kinds in shares.values()
        ]
        print(f"| {kind} | {' | '.join(columns)} |", flush=True)


def make_world(folder: Path, raw: Path | None, samples: int, seed: int) -> tuple[Drawn, Any]:
    """Train champion and referee; return what players draw, and doodles, all from canvases."""
    if raw is None:
        (folder / "base").mkdir()
        for category in CATEGORIES:
            np.save(folder / "base" / f"{category}.npy", sketch_rows(category, samples, seed))
        played = {
            category: sketch_rows(category, DRAWN, 1_000 + seed, PLAYERS_HASTE)
            for category in CATEGORIES
        }
    else:
        played, _ = split_drawings(raw, folder / "base", seed)
    champion = read_predictor(train_models(folder, samples, seed))
    rng = np.random.default_rng([seed, 1])
    labels = np.repeat(np.arange(len(CATEGORIES), dtype=np.uint8), DRAWN)
    labels = labels[rng.permutation(len(labels))]
    rows = [played[CATEGORIES[label]] for label in labels.tolist()]
    images = draw_on_canvases([few[rng.integers(len(few))] for few in rows], rng)
    guesses = champion.probabilities(images).argmax(1).astype(np.uint8)
    doodles = draw_on_canvases(list(draw_doodles(DOODLES, rng)), rng)
    return Drawn(images, labels, guesses), doodles


def draw_on_canvases(rows: list[Any], rng: np.random.Generator) -> Any:
    """Return drawings as the pipeline reads them from players' canvases."""
    return np.stack([normalize_canvas(canvas_png(row.reshape(28, 28), rng)) for row in rows])


def measure(
    folder: Path, drawn: Drawn, doodles: Any, size: int, seed: int
) -> Iterator[tuple[str, float]]:
    """Yield the shares of a world's harvests that are quarantined, with the kind of each."""
    rng = np.random.default_rng([seed, 2])
    answers, silent = answer_honestly(drawn, PLAYERS / ANSWERS, rng)
    number = int(LIAR_SHARE * size)
    for start in range(0, len(answers.labels) - size + 1, size) or [0]:
        honest = answers.select(slice(start, start + size))
        quarantined, checks = screen_answers(folder, honest)
        confirmed = honest.labels == honest.guesses
        yield "honest", quarantined.mean()
        yield "honest corrections", quarantined[~confirmed].mean()
        yield "honest confirmations", quarantined[confirmed].mean()
        yield "honest, contradicted", checks.contradicted.mean()
        yield "honest, no class", checks.no_class.mean()
        kinds = {name: lie(drawn.select(silent), number, rng) for name, lie in LIARS.items()}
        kinds["doodles"] = scribble(doodles, number, rng)
        for name, liars in kinds.items():
            both = join(honest, liars)
            quarantined, _ = screen_answers(folder, both)
            lies = both.labels != both.truth
            yield name, quarantined[lies].mean()
            yield "honest beside liars", quarantined[~lies].mean()


def screen_answers(folder: Path, answers: Corrections) -> tuple[Any, Any]:
    """Return what a run would quarantine, and the label checks."""
    screened = screen(folder / "referee.npz", answers)
    return find_quarantined(answers, screened), screened.checks


if __name__ == "__main__":
    main()
