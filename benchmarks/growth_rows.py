"""Measure what a run needs as corrections pile up in the data set: seconds and memory.

    python -m benchmarks.growth_rows [--rows N N ...]

A data set of sketches grows to the given numbers of merged corrections, by revisions of 10,000, as
it would be rebuilt on a new machine. At each size a process of its own does what a run does with
the whole data set: it looks up a harvest, fits, cross-fits and judges. A fit stops after three
iterations, as their number does not depend on the number of rows. Features are computed before, as
each run computes only those of the new corrections.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.retrain import Clock
from emulator.players.sketches import sketch_rows, write_sketches
from pipeline.categories import CATEGORIES
from pipeline.dataset import hdf5, origins
from pipeline.dataset.additions import Additions
from pipeline.dataset.merge import merge_revisions
from pipeline.dataset.preprocess import preprocess
from pipeline.dataset.splits import player_split
from pipeline.drawings import image_digest
from pipeline.records.corrections import NOT_SAID
from pipeline.records.dataset import DatasetRevision, Split

REVISION_ROWS = 10_000
BASE_DRAWINGS = 1_500  # of each class; the fit takes 20,000 rows
CONFIRMED_SHARE = 0.2
PER_PLAYER = 20  # corrections of one player
HARVEST = 500
ITERATIONS = 3


def main() -> None:
    """Grow the data set and measure at each size; with `--only`, one size, as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[0, 10_000, 100_000, 1_000_000])
    parser.add_argument("--folder", type=Path, help="keep the data set here, and go on with it")
    parser.add_argument("--only", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--features", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.features:
        compute_features(options.only)
        return
    if options.only:
        print(json.dumps(measure(options.only)))
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        path = folder / "data.h5"
        if not path.exists():
            write_sketches(folder / "raw", BASE_DRAWINGS, 0)
            preprocess(
                folder / "raw", path, categories=CATEGORIES, samples_per_class=BASE_DRAWINGS, seed=0
            )
        results = []
        for rows in options.rows:
            started = time.monotonic()
            grow(path, rows)
            took = time.monotonic() - started
            subprocess.run(call("--only", folder, "--features"), check=True)
            result = run(folder)
            results.append((rows, result))
            print_result(rows, took, result)
        print_slope(results)


def call(*arguments: object) -> list[str]:
    """Return the command for a process of its own."""
    return [sys.executable, "-m", "benchmarks.growth_rows", *map(str, arguments)]


def run(folder: Path) -> dict[str, Any]:
    """Measure the data set in a folder, in a process of its own."""
    output = subprocess.run(call("--only", folder), check=True, stdout=subprocess.PIPE).stdout
    result: dict[str, Any] = json.loads(output.splitlines()[-1])
    return result


def grow(path: Path, rows: int) -> None:
    """Append revisions until this number of corrections is merged."""
    held = hdf5.describe(path)
    count = held.corrections + held.confirmations
    if count < rows:
        merge_revisions(path, make_revisions(held, count, rows))


def make_revisions(held: DatasetRevision, count: int, rows: int) -> Iterator[Additions]:
    """Yield revisions: sketches, each with a few other pixels, so that no two are equal."""
    stock = np.concatenate([sketch_rows(name, 50, 1) for name in CATEGORIES]).reshape(-1, 28, 28)
    names = np.repeat(np.arange(len(CATEGORIES), dtype=np.uint8), 50)
    revision, digest = held.revision, held.digest
    while count < rows:
        number, rng = min(REVISION_ROWS, rows - count), np.random.default_rng(count)
        chosen = rng.integers(len(stock), size=number)
        images = stock[chosen]
        images[:, 0, :4] = (np.arange(count, count + number)[:, None] >> [0, 8, 16, 24]) & 255
        players = [
            image_digest(np.array([[each // PER_PLAYER]], np.uint32).view(np.uint8))
            for each in range(count, count + number)
        ]
        confirmed = rng.random(number) < CONFIRMED_SHARE
        splits = [*map(player_split, players)]
        labels = names[chosen]
        guesses = np.where(confirmed, labels, (labels + 1) % len(CATEGORIES)).astype(np.uint8)
        additions = Additions(
            run_id="run",
            revision=revision + 1,
            parent=digest,
            images=images,
            labels=labels,
            ids=np.array([f"correction-{each:09d}" for each in range(count, count + number)]),
            players=np.array(players),
            splits=np.array(splits),
            guesses=guesses,
            confidences=np.full(number, 0.5, np.float32),
            versions=np.full(number, "v1.0.0"),
            asked=np.full(number, NOT_SAID, np.uint8),
            chances=np.full(number, np.nan, np.float32),
        )
        yield additions
        count, revision, digest = count + number, additions.revision, additions.digest


def compute_features(folder: Path) -> None:
    """Store the features of all rows, as earlier runs would have done."""
    from pipeline.fit.feature_cache import load_correction_features, open_cache

    path = folder / "data.h5"
    cache = open_cache(folder / "features", random_model(), hdf5.read_base_digest(path))
    for split in Split:
        load_correction_features(cache, path, split)


def measure(folder: Path) -> dict[str, Any]:
    """Do what a run does with the whole data set; return seconds by step and memory in MB."""
    from pipeline.fit import challenger, solver
    from pipeline.fit.feature_cache import open_cache
    from pipeline.gate import judge
    from pipeline.gate.predicting import Competitor, Competitors
    from pipeline.settings import Settings

    path = folder / "data.h5"
    settings, revision = Settings(_env_file=None), hdf5.describe(path).revision
    model = random_model()
    cache = open_cache(folder / "features", model, hdf5.read_base_digest(path))
    solver.MAX_ITERATIONS = ITERATIONS
    before, clock = peak(), Clock()
    ids = [f"correction-{each:09d}" for each in range(HARVEST)]
    hashes = [image_digest(np.array([[each]], np.uint32).view(np.uint8)) for each in range(HARVEST)]
    origins.find_origins(path, ids)
    origins.find_digests(path, hashes)
    clock.lap("copies")
    origins.count_merged(path, hashes)
    clock.lap("players")
    fitted = challenger.fit_challenger(cache, path, settings, since=revision - 1)
    clock.lap("fit")
    challenger.dump_fitted(fitted)
    competitors = Competitors(Competitor(model.head, cache), Competitor(fitted.head, cache), None)
    crossed = judge.CrossedGuesses(fitted.cross_fitted, revision - 1)
    judge.judge(competitors, crossed, path, settings)
    clock.lap("judge")
    origins.find_origins(path, ids)
    clock.lap("settle")
    return {"steps": clock.steps, "base": before, "peak": peak(), "fits": len(fitted.trials)}


def random_model() -> Any:
    """Return a predictor with random weights, the same each time."""
    from pipeline.model.predict import FEATURES, Predictor

    rng = np.random.default_rng(0)
    shapes = [(9, 32), (32,), (288, 64), (64,), (FEATURES, len(CATEGORIES)), (len(CATEGORIES),)]
    return Predictor(*(rng.normal(0, 0.05, shape).astype(np.float32) for shape in shapes))


def peak() -> float:
    """Return the highest memory of this process so far in MB."""
    # Linux alone. The figure of `getrusage` would be that of the parent process, if it is higher.
    line = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(line[1]) / 1e3 if line else 0.0


def print_result(rows: int, grown: float, result: dict[str, Any]) -> None:
    """Print one line for a size."""
    steps = ", ".join(f"{name} {wall:.1f} s" for name, (wall, _) in result["steps"].items())
    print(
        f"{rows:,} merged: appended in {grown:.0f} s; {steps} ({result['fits']} trials of"
        f" {ITERATIONS} iterations); {result['peak']:.0f} MB at most, {result['base']:.0f} before",
        flush=True,
    )


def print_slope(results: list[tuple[int, dict[str, Any]]]) -> None:
    """Print what one more merged correction costs, between the two largest sizes."""
    if len(results) > 1:
        (fewer, small), (more, large) = results[-2:]
        slope = (large["peak"] - small["peak"]) * 1e6 / (more - fewer)
        print(f"slope from {fewer:,} to {more:,}: {slope:.0f} bytes of memory a correction")


if __name__ == "__main__":
    main()
