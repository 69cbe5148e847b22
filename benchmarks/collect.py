"""Collecting with one worker against two: drawings a second, their ratio, and each worker's peak memory.

    python -m benchmarks.collect [--count N] [--raw DIR] [--latency SECONDS ...] [--rounds N]

Emulators, Redis and workers are processes of their own, all on this machine, so on few cores they take time from each other.
Storage is asked once as it is, and once with a network before it: each of its answers comes LATENCY (default 0 and 0.03)
seconds later, as a real one's would. Each run collects all that is pending and then fails, as there is no data set to merge it
into; so everything is pending again for the next.
"""

import argparse
import os
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

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
from pipeline.settings import Settings, load_settings
from service.cli.stack import Stack, answers, free_ports, new_stack, start_redis, start_workers
from workers.app import make_app
from workers.dispatch import dispatch_retrain

LOOK_SECONDS = 0.5
WRITES_AT_ONCE = 300


class Measured(NamedTuple):
    """Seconds until all was read, then until all batches were through; processor time of workers and emulators in the latter.

    A second worker begins with batches while the first one reads, so what counts is both together.

    peak, peak_later: of the largest process of a worker, MB: until the batches were through, and until the run had ended.
    """

    reading: float
    batches: float
    workers: float
    emulators: float
    peak: float
    peak_later: float


def main() -> None:
    """Measures in turns and prints."""
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
        players_send(options.count, options.raw, settings)
        for latency in options.latency:
            print(
                f"\n{options.count:,} corrections, Storage answers {latency * 1000:.0f} ms later than it could"
            )
            compare(settings, latency, options.count, options.rounds)


def players_send(count: int, raw: Path | None, settings: Settings) -> None:
    """Puts canvases into the emulator's folder, and the documents into Firestore."""
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
            print(f"{done} of {count} players have drawn", flush=True)
    objects.close()
    with stack_of(settings, 0.0) as stack:
        client = firestore.Client(project=settings.project_id)
        for at in range(0, count, WRITES_AT_ONCE):
            batch = client.batch()
            for name, fields in documents[at : at + WRITES_AT_ONCE]:
                batch.set(client.document(f"corrections/{name}"), fields)
            batch.commit()
        client.close()
        stack.check()


class stack_of(ExitStack):  # noqa: N801 - reads as a function
    """Emulators and Redis, and the environment in which Google's clients find them."""

    def __init__(self, settings: Settings, latency: float) -> None:
        super().__init__()
        self._settings, self._latency = settings, latency

    def __enter__(self) -> Stack:  # type: ignore[override]
        addresses = replace(
            free_ports(), given={}
        )  # those that this process named itself a moment ago are gone
        os.environ |= addresses.environment()
        stack = self.enter_context(
            new_stack(self._settings, addresses, {"REDRAW_MAX_ATTEMPTS": "1000"})
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
            stack.wait_for("emulators", partial(answers, port))
        start_redis(stack, self._settings, addresses)
        return stack


def compare(settings: Settings, latency: float, count: int, rounds: int) -> None:
    """One worker and two, in turns."""
    figures: dict[int, list[Measured]] = {1: [], 2: []}
    for number in range(rounds):
        for workers in (1, 2):
            with stack_of(settings, latency) as stack:
                ports = connect(load_settings(data_dir=settings.data_dir))
                start_workers(stack, workers)
                figures[workers].append(
                    one_run(stack, ports, f"run-{latency}-{workers}-{number}", count)
                )
    for workers in (1, 2):
        seconds = Measured(*map(median, zip(*figures[workers], strict=True)))
        print(
            f"{workers} worker(s): {count / (seconds.reading + seconds.batches):7,.0f} drawings/s in all, "
            f"{count / seconds.batches:7,.0f}/s in batches; {seconds.reading:.1f} s reading, {seconds.batches:.1f} s batches; "
            f"processor time in batches: workers {seconds.workers:.1f} s, emulators {seconds.emulators:.1f} s; "
            f"peak of a worker {max(each.peak for each in figures[workers]):.0f} MB while collecting, "
            f"{max(each.peak_later for each in figures[workers]):.0f} MB when all was joined"
        )
    in_all = [
        median(each.reading + each.batches for each in figures[workers]) for workers in (1, 2)
    ]
    batches = [median(each.batches for each in figures[workers]) for workers in (1, 2)]
    print(
        f"two workers against one: {in_all[0] / in_all[1]:.2f} times in all, {batches[0] / batches[1]:.2f} in batches"
    )


def one_run(stack: Stack, ports: Ports, run_id: str, count: int) -> Measured:
    """What a run took to collect."""
    settings = load_settings()
    time.sleep(8)  # for the workers to be there
    ports.runs.request(Run(id=run_id, requested_at=datetime.now(UTC)))
    started = time.monotonic()
    dispatch_retrain(make_app(settings), run_id)
    read = waited(stack, lambda: planned(ports, run_id))
    before = processor_times(stack)
    peaks = Peaks(stack)
    through = waited(stack, lambda: peaks.look() or collected(ports, run_id))
    peak = peaks.highest
    workers, emulators = (
        now - then for now, then in zip(processor_times(stack), before, strict=True)
    )
    while not (run := ports.runs.get(run_id)).state.ended:
        peaks.look()
        time.sleep(LOOK_SECONDS)
    assert run.state is RunState.FAILED, run.reason
    assert run.counts.collected == count, run
    return Measured(read - started, through - read, workers, emulators, peak, peaks.highest)


class Peaks:
    """The highest resident memory of any process of a worker, MB."""

    def __init__(self, stack: Stack) -> None:
        self._stack, self.highest = stack, 0.0

    def look(self) -> None:
        """Notes how high each has come so far."""
        self.highest = max(
            [self.highest, *(peak_of(process) for process in workers_of(self._stack))]
        )


def planned(ports: Ports, run_id: str) -> bool:
    """Whether all that is pending has been read."""
    try:
        return bool(read_plan(run_id, ports.artefacts).sizes)
    except ObjectMissing:
        return False


def collected(ports: Ports, run_id: str) -> bool:
    """Whether all batches are through."""
    run = ports.runs.get(run_id)
    progress = run.progress
    if run.state.ended:  # the last word on collecting may be overwritten before anybody looks
        return True
    return (
        progress.message.startswith(("collecting c", "loading")) and progress.done == progress.total
    )


def waited(stack: Stack, happened: Any) -> float:
    """When it happened."""
    while not happened():
        stack.check()
        time.sleep(LOOK_SECONDS)
    return time.monotonic()


def processor_times(stack: Stack) -> tuple[float, float]:
    """Of all workers, and of the emulators, in seconds."""
    return sum(map(ticks, workers_of(stack))), ticks(stack.processes["emulators"].pid)


def workers_of(stack: Stack) -> list[int]:
    """The processes of the workers."""
    found = []
    for name, process in stack.processes.items():
        if name.startswith("worker"):
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            found += [process.pid, *map(int, children)]
    return found


def ticks(pid: int) -> float:
    """Processor time of a process so far, in seconds."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def peak_of(pid: int) -> float:
    """The most memory that a process has held, in MB (VmHWM)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)


if __name__ == "__main__":
    main()
