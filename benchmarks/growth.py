"""Measure what a run reads, writes and takes as runs, versions and decisions pile up.

    python -m benchmarks.growth [--runs N] [--history N N ...]

First N runs in a row, each on 60 new corrections of sketches, a fifth of them with a wrong label.
The gate is replaced by one that promotes every challenger, so that versions pile up too, and no
owner decides on what is quarantined. Then one run in projects that hold so many other runs,
versions and decisions already, and up to 300 contradicted corrections with 20,000 points of strokes
each; these documents are written directly. The embedded emulators count what Google would charge
for. Each run is executed in a process of its own, so that its memory can be measured.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import numpy as np

from benchmarks.growth_rows import peak
from emulator.bill import Usage
from emulator.players.bad_labels import add_label_noise
from emulator.players.canvases import player_corrections
from emulator.players.seed import seed_corrections
from emulator.players.sketches import sketch_rows, write_sketches
from emulator.servers import Emulators, run_emulators
from pipeline.adapters.firestore_numbers import sort_field
from pipeline.bootstrap import connect
from pipeline.categories import CATEGORIES
from pipeline.records.corrections import CorrectionState, OwnerAction, OwnerDecision
from pipeline.records.runs import Run, RunState
from pipeline.settings import Settings
from pipeline.settings_reading import load_settings

DRAWINGS = 60  # of each class, for the baseline
SENT = 60  # corrections of one run
WRONG_SHARE = 0.2
MOST_CONTRADICTED = 300
STROKE_POINTS = 20_000
RECIPE: dict[str, Any] = {
    "samples_per_class": DRAWINGS,
    "epochs": 2,
    "batch_size": 32,
    "fit": {"base_rows": 200},
}
NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Measured(NamedTuple):
    """What one run used: documents and requests, seconds, and the peak of memory in MB."""

    state: str
    usage: Usage
    seconds: float
    megabytes: float


def main() -> None:
    """Measure runs in a row, then runs after a history; with `--only`, execute one run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=40, help="how many in a row")
    parser.add_argument("--history", type=int, nargs="*", default=[0, 100, 1000])
    parser.add_argument("--only", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only:
        print(json.dumps(execute_run(options.only)))
        return
    with tempfile.TemporaryDirectory() as temporary:
        base = Path(temporary) / "base"
        make_first_version(base)
        measured = list(run_in_a_row(copy_folder(base, "row"), options.runs))
        print_slope(measured)
        for count in options.history:
            folder = copy_folder(base, f"history-{count}")
            print_measured(f"{count:,} before", measure_history(folder, count))


def settings_for(folder: Path) -> Settings:
    """Return the settings of the project in a folder."""
    return load_settings(data_dir=folder, **RECIPE)


@contextmanager
def serving(folder: Path) -> Iterator[tuple[Emulators, Settings]]:
    """Run emulators on the documents and objects in a folder until the block ends."""
    with run_emulators(folder / "firebase") as emulators:
        os.environ.update(emulators.environment())
        yield emulators, settings_for(folder)


def make_first_version(folder: Path) -> None:
    """Train, publish and release v1.0.0, and let one run train the referee."""
    from pipeline.baseline import make_baseline

    write_sketches(folder / "raw", DRAWINGS, 0)
    with serving(folder) as (emulators, settings):
        make_baseline(folder / "raw", connect(settings), settings)
        measure_run(folder, emulators, settings, 1_000_000)


def copy_folder(base: Path, name: str) -> Path:
    """Return a copy of the project."""
    return Path(shutil.copytree(base, base.parent / name))


def run_in_a_row(folder: Path, count: int) -> Iterator[Measured]:
    """Make runs, one after another, and print and yield what each one used."""
    with serving(folder) as (emulators, settings):
        for number in range(count):
            measured = measure_run(folder, emulators, settings, number)
            print_measured(f"run {number + 1}", measured)
            yield measured


def measure_history(folder: Path, count: int) -> Measured:
    """Write the documents of a history, make one run, and return what it used."""
    with serving(folder) as (emulators, settings):
        write_history(settings, count)
        return measure_run(folder, emulators, settings, 7)


def measure_run(folder: Path, emulators: Emulators, settings: Settings, seed: int) -> Measured:
    """Send corrections, execute a run in another process, and return what it used."""
    rows = {name: sketch_rows(name, 8, 1 + seed) for name in CATEGORIES}
    sent = player_corrections(rows, SENT, seed, "v1.0.0", players=30, faulty=0)
    seed_corrections(add_label_noise(sent, WRONG_SHARE, seed), settings)
    before = emulators.bill.usage
    command = [sys.executable, "-m", "benchmarks.growth", "--only", str(folder)]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    result = json.loads(output.splitlines()[-1])
    used = emulators.bill.usage - before
    return Measured(result["state"], used, result["seconds"], result["megabytes"])


def execute_run(folder: Path) -> dict[str, Any]:
    """Execute a run whose challenger is promoted; return its state, seconds and memory."""
    from pipeline.gate import decide
    from pipeline.records.runs import Decision
    from pipeline.runs.requests import request_run
    from workers.execution import execute

    def promote(_inputs: Any, _rules: Any, base: Any, _categories: Any) -> Decision:
        return Decision(outcome=RunState.PROMOTED, reasons=["so be it"], base=base)

    settings = settings_for(folder)
    ports = connect(settings)
    started = time.monotonic()
    with mock.patch.object(decide, "decide", promote):
        run = execute(request_run(ports.runs, "benchmark").id, ports, settings)
    return {
        "state": str(run.state),
        "seconds": time.monotonic() - started,
        "megabytes": peak(),
    }


def write_history(settings: Settings, count: int) -> None:
    """Write runs, versions and decisions, `count` of each, and contradicted corrections."""
    from google.cloud import firestore

    client = firestore.Client(project=settings.project_id)
    newest = client.document("models/v1.0.0").get().to_dict()
    models = client.collection("models")
    batch = client.batch()
    for number in range(count):
        name, version = f"old-{number}", f"v0.9.{number}"
        model = newest | {"version": version, "runId": name, "active": False, "parent": "v0.9.0"}
        batch.set(models.document(version), model | sort_field(version))
        run = Run(id=name, requested_at=NOW, state=RunState.HELD, training_digest=name)
        batch.set(client.document(f"training_runs/{name}"), run.document())
        decision = OwnerDecision(action=OwnerAction.ACCEPT, correction_id=name, by="ada", at=NOW)
        batch.set(client.document(f"decisions/{name}"), decision.document())
        if number % 100 == 99:  # a commit must stay below 10 MB
            batch.commit()
            batch = client.batch()
    batch.commit()
    points = np.arange(STROKE_POINTS).tolist()
    for number in range(min(count, MOST_CONTRADICTED)):
        client.document(f"corrections/old-{number}").set(
            {
                "status": str(CorrectionState.QUARANTINED),
                "userId": f"player-{number}",
                "correctedLabel": "cat",
                "retraining": {"reason": "contradicted_label"},
                "strokes": [{"x": points, "y": points}],
            }
        )


def print_measured(what: str, measured: Measured) -> None:
    """Print one line about a run."""
    used = measured.usage
    print(
        f"{what}: {measured.state}, {used.reads} reads of {used.read_bytes / 1000:.0f} kB, "
        f"{used.writes} writes, {used.requests} requests to Storage, {measured.seconds:.1f} s, "
        f"{measured.megabytes:.0f} MB",
        flush=True,
    )


def print_slope(measured: list[Measured]) -> None:
    """Print by how much each further run uses more: the slopes of least squares.

    Of many runs the second half is taken. In the first, the same players send their first wrong
    labels, and there are more and more of them to read, up to a limit.
    """
    measured = measured[len(measured) // 2 if len(measured) > 9 else 0 :]
    if len(measured) < 2:  # a line needs two points
        return
    numbers = np.arange(len(measured))
    columns: dict[str, list[float]] = {
        "reads": [each.usage.reads for each in measured],
        "kB read": [each.usage.read_bytes / 1000 for each in measured],
        "writes": [each.usage.writes for each in measured],
        "requests": [each.usage.requests for each in measured],
        "seconds": [each.seconds for each in measured],
        "MB": [each.megabytes for each in measured],
    }
    slopes = ", ".join(
        f"{np.polyfit(numbers, values, 1)[0]:+.3f} {name}" for name, values in columns.items()
    )
    print(f"with each further run: {slopes}")


if __name__ == "__main__":
    main()
