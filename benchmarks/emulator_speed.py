"""The embedded Firestore against Google's emulator: writes and reads, single and batched, both sides in one run.

    python -m benchmarks.emulator_speed [--rounds N]

Each server runs in a process of its own; the client is Google's. Ours keeps its documents on disk meanwhile, Google's does not.
Prints the median of all rounds in documents a second, and the ratio; above 1.0 ours is the quicker.
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

from service.cli.stack import Stack, answers, free_ports, running_official

BATCH = 100
SINGLES = 100
BATCHES = 5
DOCUMENT = {
    "status": "pending", "correctedLabel": "cat", "originalPrediction": "sun", "confidence": 0.41, "userId": "player-017",
    "drawingId": "d0000017", "sessionId": "session-4", "imageStoragePath": "drawings/corrections/d0000017.png",
}  # fmt: skip


def connect(host: str) -> Any:
    """A client with an empty project of its own."""
    os.environ["FIRESTORE_EMULATOR_HOST"] = host
    return firestore.Client(project=f"demo-{uuid.uuid4().hex}", credentials=AnonymousCredentials())


def single_writes(client: Any) -> int:
    """Documents that were written, one request each."""
    for number in range(SINGLES):
        client.document(f"c/{number}").set(DOCUMENT)
    return SINGLES


def batched_writes(client: Any) -> int:
    """Documents that were written, a hundred in one request."""
    for number in range(BATCHES):
        batch = client.batch()
        for each in range(BATCH):
            batch.set(client.document(f"c/{number}-{each}"), DOCUMENT)
        batch.commit()
    return BATCHES * BATCH


def single_reads(client: Any) -> int:
    """Documents that were read, one request each."""
    for number in range(SINGLES):
        assert client.document(f"c/{number}").get().exists
    return SINGLES


def batched_reads(client: Any) -> int:
    """Documents that were read, a hundred in one request."""
    for number in range(BATCHES):
        found = client.get_all([client.document(f"c/{number}-{each}") for each in range(BATCH)])
        assert sum(each.exists for each in found) == BATCH
    return BATCHES * BATCH


def queried(client: Any) -> int:
    """Documents that a query with a filter found."""
    found = (
        client.collection("c")
        .where(filter=firestore.FieldFilter("status", "==", "pending"))
        .stream()
    )
    return sum(1 for _ in found)


STEPS: dict[str, Callable[[Any], int]] = {
    "single writes": single_writes,
    "batched writes": batched_writes,
    "single reads": single_reads,
    "batched reads": batched_reads,
    "query": queried,
}


def rate(step: Callable[[Any], int], client: Any) -> float:
    """Documents a second."""
    started = time.perf_counter()
    return step(client) / (time.perf_counter() - started)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        stack, ports = Stack(folder / "logs", {}), free_ports()
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
        stack.wait_for("emulators", partial(answers, ports.storage))
        hosts = {
            "ours": f"127.0.0.1:{ports.firestore}",
            "Google's": opened.enter_context(running_official(folder / "official")),
        }
        figures: dict[tuple[str, str], list[float]] = {}
        for number in range(
            rounds + 3
        ):  # the first three warm both sides up: Java compiles what it runs often
            print(f"round {number + 1} of {rounds + 3}", end="\r", flush=True)
            for side, host in sorted(hosts.items(), reverse=bool(number % 2)):
                client = connect(host)
                for step, measure in STEPS.items():
                    figures.setdefault((step, side), []).append(rate(measure, client))
                client.close()
    title, ours_title, googles_title = (
        f"documents a second, medians of {rounds}",
        "ours",
        "Google's",
    )
    print(f"{title:40}{ours_title:>10}{googles_title:>10}   ratio")
    for step in STEPS:
        ours, googles = (
            statistics.median(figures[step, side][3:]) for side in ("ours", "Google's")
        )
        print(f"{step:40}{ours:10,.0f}{googles:10,.0f}{ours / googles:8.2f}")


if __name__ == "__main__":
    main()
