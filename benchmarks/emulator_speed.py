"""Compare the speed of the embedded Firestore with Google's emulator.

    python -m benchmarks.emulator_speed [--rounds N]

Writes and reads, single and batched, both sides in one run. Each server runs in its own process;
the client is Google's. Ours keeps its documents on disk, Google's in memory. Prints the median of
all rounds in documents a second and the ratio; above 1.0 ours is faster.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore

from service.cli.processes import Stack
from service.cli.stack import find_free_ports, is_listening, running_official

BATCH = 100
SINGLES = 100
BATCHES = 5
WARM_UP_ROUNDS = 3
"""Rounds before the measured ones: Java compiles code that runs often."""
DOCUMENT = {
    "status": "pending",
    "correctedLabel": "cat",
    "originalPrediction": "sun",
    "confidence": 0.41,
    "userId": "player-017",
    "drawingId": "d0000017",
    "sessionId": "session-4",
    "imageStoragePath": "drawings/corrections/d0000017.png",
}


def connect(host: str) -> Any:
    """Return a client for a new, empty project."""
    os.environ["FIRESTORE_EMULATOR_HOST"] = host
    return firestore.Client(project=f"demo-{uuid.uuid4().hex}", credentials=AnonymousCredentials())


def write_single(client: Any) -> int:
    """Write documents with one request each; return how many."""
    for number in range(SINGLES):
        client.document(f"c/{number}").set(DOCUMENT)
    return SINGLES


def write_batched(client: Any) -> int:
    """Write documents, a hundred in one request; return how many."""
    for number in range(BATCHES):
        batch = client.batch()
        for index in range(BATCH):
            batch.set(client.document(f"c/{number}-{index}"), DOCUMENT)
        batch.commit()
    return BATCHES * BATCH


def read_single(client: Any) -> int:
    """Read documents with one request each; return how many."""
    for number in range(SINGLES):
        assert client.document(f"c/{number}").get().exists
    return SINGLES


def read_batched(client: Any) -> int:
    """Read documents, a hundred in one request; return how many."""
    for number in range(BATCHES):
        references = [client.document(f"c/{number}-{index}") for index in range(BATCH)]
        assert sum(snapshot.exists for snapshot in client.get_all(references)) == BATCH
    return BATCHES * BATCH


def run_query(client: Any) -> int:
    """Run a query with a filter; return how many documents it matches."""
    pending = firestore.FieldFilter("status", "==", "pending")
    return sum(1 for _ in client.collection("c").where(filter=pending).stream())


STEPS: dict[str, Callable[[Any], int]] = {
    "single writes": write_single,
    "batched writes": write_batched,
    "single reads": read_single,
    "batched reads": read_batched,
    "query": run_query,
}


def measure_rate(step: Callable[[Any], int], client: Any) -> float:
    """Run a step and return its documents a second."""
    started = time.perf_counter()
    return step(client) / (time.perf_counter() - started)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        stack, ports = Stack(folder / "logs", {}), find_free_ports()
        opened.callback(stack.stop)
        command = (
            sys.executable,
            "-m",
            "service.cli",
            "emulators",
            "--data-dir",
            str(folder / "firebase"),
        )
        stack.start(
            "emulators",
            *command,
            "--firestore-port",
            str(ports.firestore),
            "--storage-port",
            str(ports.storage),
        )
        stack.wait_for("emulators", partial(is_listening, ports.storage))
        hosts = {
            "ours": f"127.0.0.1:{ports.firestore}",
            "Google's": opened.enter_context(running_official(folder / "official")),
        }
        figures: dict[tuple[str, str], list[float]] = {}
        for number in range(rounds + WARM_UP_ROUNDS):
            print(f"round {number + 1} of {rounds + WARM_UP_ROUNDS}", end="\r", flush=True)
            for side, host in sorted(hosts.items(), reverse=bool(number % 2)):
                client = connect(host)
                for name, step in STEPS.items():
                    figures.setdefault((name, side), []).append(measure_rate(step, client))
                client.close()
    title, ours_title, googles_title = (
        f"documents a second, medians of {rounds}",
        "ours",
        "Google's",
    )
    print(f"{title:40}{ours_title:>10}{googles_title:>10}   ratio")
    for name in STEPS:
        ours, googles = (
            statistics.median(figures[name, side][WARM_UP_ROUNDS:]) for side in ("ours", "Google's")
        )
        print(f"{name:40}{ours:10,.0f}{googles:10,.0f}{ours / googles:8.2f}")


if __name__ == "__main__":
    main()
