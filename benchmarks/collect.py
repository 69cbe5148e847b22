"""Compare collecting with one worker and with two: drawings a second, and each worker's memory.

    python -m benchmarks.collect [--count N] [--raw DIR] [--latency SECONDS ...] [--rounds N]

Emulators, Redis and workers are separate processes on the same machine, so on few cores they take
time from each other. The emulated Storage is local, so it is measured as it is, and with each
answer delayed by LATENCY seconds (default 0 and 0.03), as over a network. Each run collects all
that is pending and then fails, because there is no data set to merge into; so everything is pending
again for the next run.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np
from google.cloud import firestore

from emulator.objects import Conditions, Objects
from emulator.players.canvases import player_corrections
from emulator.players.sketches import sketch_rows
from pipeline.bootstrap import connect
from pipeline.categories import CATEGORIES
from pipeline.corrections.batches import read_plan
from pipeline.errors import ObjectMissing
from pipeline.ports import Ports
from pipeline.records.runs import Run, RunState
from pipeline.settings import Settings
from pipeline.settings_reading import load_settings
from service.cli.processes import Stack
from service.cli.stack import find_free_ports, is_listening, new_stack, start_redis, start_workers
from workers.app import make_app
from workers.dispatch import dispatch_retrain

LOOK_SECONDS = 0.5
WRITES_AT_ONCE = 300
START_SECONDS = 8.0
"""Until a worker has imported everything."""


class Measurement(NamedTuple):
    """The figures of one run.

    `reading` and `batches` are the wall times, in seconds, until everything was read and from then
    until all batches were done. A second worker starts with batches while the first one still
    reads, so only their sum is comparable. `workers` and `emulators` are processor times during the
    batches. `peak` and `peak_later` are the memory of the largest worker process, in MB: until the
    batches were done, and until the run ended.
    """

    reading: float
    batches: float
    workers: float
    emulators: float
    peak: float
    peak_later: float


def main() -> None:
    """Measure in turns and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=5000, help="pending corrections")
    parser.add_argument(
        "--raw", type=Path, help="a folder of .npy files, one a class; default: sketches"
    )
    parser.add_argument(
        "--latency",
        type=float,
        nargs="+",
        default=[0.0, 0.03],
        help="of a request to a Storage that is far away, in seconds",
    )
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(data_dir=Path(folder))
        send_corrections(options.count, options.raw, settings)
        for latency in options.latency:
            print(
                f"\n{options.count:,} corrections, "
                f"each answer of Storage delayed by {latency * 1000:.0f} ms"
            )
            compare(settings, latency, options.count, options.rounds)


def send_corrections(count: int, raw: Path | None, settings: Settings) -> None:
    """Put canvases into the emulator's folder and the documents into Firestore."""
    rows = {
        name: np.load(raw / f"{name}.npy") if raw else sketch_rows(name, 60, 0)
        for name in CATEGORIES
    }
    objects = Objects(settings.data_dir / "firebase", durable=False)
    documents = []
    for done, sent in enumerate(
        player_corrections(rows, count, 0, "v1.0.0", players=count // 20 + 1), start=1
    ):
        if sent.path is not None and sent.png is not None:
            incoming = objects.receive()
            incoming.write(sent.png)
            objects.create(
                settings.bucket, sent.path, {"contentType": "image/png"}, incoming, Conditions()
            )
        documents.append((sent.id, sent.fields))
        if done % 500 == 0:
            print(f"{done} of {count} canvases are stored", flush=True)
    objects.close()
    with BenchmarkStack(settings, 0.0) as stack:
        client = firestore.Client(project=settings.project_id)
        for start in range(0, count, WRITES_AT_ONCE):
            batch = client.batch()
            for name, fields in documents[start : start + WRITES_AT_ONCE]:
                batch.set(client.document(f"corrections/{name}"), fields)
            batch.commit()
        client.close()
        stack.check()


class BenchmarkStack(ExitStack):
    """Emulators and Redis, and the environment variables that lead Google's clients to them."""

    def __init__(self, settings: Settings, latency: float) -> None:
        super().__init__()
        self._settings, self._latency = settings, latency

    def __enter__(self) -> Stack:  # type: ignore[override]
        # Without `external`: the environment still names the emulators of the stack before.
        addresses = replace(find_free_ports(), external={})
        os.environ |= addresses.environment()
        stack = self.enter_context(
            new_stack(self._settings, addresses, {"REDRAW_MAX_DEATHS": "1000"})
        )
        ports = (str(addresses.firestore), str(addresses.storage))
        folder = str(self._settings.data_dir / "firebase")
        stack.start(
            "emulators",
            sys.executable,
            "-m",
            "benchmarks.slow_storage",
            folder,
            *ports,
            str(self._latency),
        )
        for port in (addresses.firestore, addresses.storage):
            stack.wait_for("emulators", partial(is_listening, port))
        start_redis(stack, self._settings, addresses)
        return stack


def compare(settings: Settings, latency: float, count: int, rounds: int) -> None:
    """Measure one worker and two in turns, and print both and their ratio."""
    figures: dict[int, list[Measurement]] = {1: [], 2: []}
    for number in range(rounds):
        for workers in (1, 2):
            with BenchmarkStack(settings, latency) as stack:
                ports = connect(load_settings(data_dir=settings.data_dir))
                start_workers(stack, workers)
                figures[workers].append(
                    measure_run(stack, ports, f"run-{latency}-{workers}-{number}", count)
                )
    for workers in (1, 2):
        seconds = Measurement(*map(median, zip(*figures[workers], strict=True)))
        peak, peak_later = (
            max(getattr(run, name) for run in figures[workers]) for name in ("peak", "peak_later")
        )
        print(
            f"{workers} worker(s): "
            f"{count / (seconds.reading + seconds.batches):7,.0f} drawings/s in all, "
            f"{count / seconds.batches:7,.0f}/s in batches; "
            f"{seconds.reading:.1f} s reading, {seconds.batches:.1f} s batches; "
            f"processor time in batches: workers {seconds.workers:.1f} s, "
            f"emulators {seconds.emulators:.1f} s; "
            f"peak of a worker {peak:.0f} MB while collecting, "
            f"{peak_later:.0f} MB when all was joined"
        )
    totals = [median(run.reading + run.batches for run in figures[workers]) for workers in (1, 2)]
    batches = [median(run.batches for run in figures[workers]) for workers in (1, 2)]
    print(
        f"two workers against one: {totals[0] / totals[1]:.2f} times in all, "
        f"{batches[0] / batches[1]:.2f} in batches"
    )


def measure_run(
    stack: Stack, ports: Ports, run_id: str, count: int, pause: float = START_SECONDS
) -> Measurement:
    """Wait until the workers are ready, execute a run, and return what its collecting took."""
    settings = load_settings()
    time.sleep(pause)
    # With a champion the run does not look for a release: there is none.
    ports.runs.request(Run(id=run_id, requested_at=datetime.now(UTC), champion="v1.0.0"))
    started = time.monotonic()
    dispatch_retrain(make_app(settings), run_id)
    read = wait_until(stack, lambda: is_planned(ports, run_id))
    before = processor_times(stack)
    peaks = Peaks(stack)

    def is_done() -> bool:
        peaks.update()
        return is_collected(ports, run_id)

    done = wait_until(stack, is_done)
    peak = peaks.highest
    workers, emulators = (
        now - then for now, then in zip(processor_times(stack), before, strict=True)
    )
    while not (run := ports.runs.get(run_id)).state.ended:
        peaks.update()
        time.sleep(LOOK_SECONDS)
    assert run.state is RunState.FAILED, run.reason
    assert run.counts.collected == count, run
    return Measurement(read - started, done - read, workers, emulators, peak, peaks.highest)


class Peaks:
    """The highest resident memory of any worker process, in MB."""

    def __init__(self, stack: Stack) -> None:
        self._stack, self.highest = stack, 0.0

    def update(self) -> None:
        """Read the peak of each process."""
        self.highest = max(
            [self.highest, *(read_peak(process) for process in list_workers(self._stack))]
        )


def is_planned(ports: Ports, run_id: str) -> bool:
    """Return whether all that is pending has been read."""
    try:
        return bool(read_plan(run_id, ports.artefacts).sizes)
    except ObjectMissing:
        run = ports.runs.get(run_id)
        assert not run.state.ended, run.reason
        return False


def is_collected(ports: Ports, run_id: str) -> bool:
    """Return whether all batches are done."""
    run = ports.runs.get(run_id)
    progress = run.progress
    if run.state.ended:  # the last progress of the step may be overwritten before it is read
        return True
    return (
        progress.message.startswith(("collecting c", "loading")) and progress.done == progress.total
    )


def wait_until(stack: Stack, condition: Callable[[], bool]) -> float:
    """Wait until the condition holds and return the time."""
    while not condition():
        stack.check()
        time.sleep(LOOK_SECONDS)
    return time.monotonic()


def processor_times(stack: Stack) -> tuple[float, float]:
    """Return the processor times of all workers and of the emulators, in seconds."""
    workers = sum(map(read_processor_time, list_workers(stack)))
    return workers, read_processor_time(stack.processes["emulators"].pid)


def list_workers(stack: Stack, prefix: str = "worker") -> list[int]:
    """List the process ids of the workers whose names begin so, and of their children."""
    pids = []
    for name, process in stack.processes.items():
        if name.startswith(prefix):
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            pids += [process.pid, *map(int, children)]
    return pids


def read_processor_time(pid: int) -> float:
    """Read the processor time of a process so far, in seconds."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def read_peak(pid: int) -> float:
    """Read the peak memory of a process, in MB (VmHWM)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)


if __name__ == "__main__":
    main()
