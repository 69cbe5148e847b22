"""How the web process bears many polls, a Firestore that hangs, half requests and garbage.

python -m benchmarks.web_stress [--other FOLDER] [--seconds 20] [--clients 60]

It starts the service as a process of its own, over the embedded emulators in this one. With
`--other`, the service of another checkout is measured first, for comparison: an older commit in a
git worktree. That one is started by uvicorn, as `redraw serve` did not always exist.
"""

import argparse
import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from emulator import firestore
from emulator.servers import Emulators, run_emulators
from pipeline.bootstrap import connect
from pipeline.records.versions import FIRST_VERSION, ModelMetrics, ModelVersion, VersionFile
from pipeline.settings import Settings
from pipeline.storage_paths import model_path

GONE_SECONDS = 4.0  # when the orchestrator of the fault campaign gave a probe up
GARBAGE, HALF = 20_000, 400
PATIENCE_SECONDS = 20.0  # of a client

READS: Counter[str] = Counter()
ANSWERS = threading.Event()


_get_documents = firestore.Firestore.batch_get_documents


def get_documents(emulated: firestore.Firestore, request: Any) -> Iterator[Any]:
    """Answer as the emulator does, when `ANSWERS` is set, and count the reads in `READS`."""
    READS["reads"] += 1
    ANSWERS.wait()
    return _get_documents(emulated, request)


def main() -> None:
    """Measure one or two services and print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--other", type=Path)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--clients", type=int, default=60)
    options = parser.parse_args()
    firestore.Firestore.batch_get_documents = get_documents  # type: ignore[assignment]
    ANSWERS.set()
    with run_emulators() as emulators:
        release_a_version(emulators)
        for folder in filter(None, (options.other, Path.cwd())):
            print(f"{folder.name}:")
            measure(folder.absolute(), emulators, options.clients, options.seconds)


def release_a_version(emulators: Emulators) -> None:
    """Publish v1.0.0 with a file of a few bytes, and release it."""
    os.environ.update(emulators.environment())
    ports = connect(Settings(_env_file=None))
    models = ports.models
    draft = ModelVersion(
        version="", storage_path="", created_at=datetime.now(UTC), dataset_revision=0, run_id="run"
    )
    version = models.reserve("run", lambda _: FIRST_VERSION, draft).version
    file = VersionFile.of(model_path(version), b"weights")
    ports.artefacts.create(file.path, b"weights")
    models.commit(
        version, [file], ModelMetrics(accuracy=1, loss=0, training_samples=1, corrections=0)
    )
    models.promote(version, by="owner", why="it is better")


def measure(folder: Path, emulators: Emulators, clients: int, seconds: float) -> None:
    """Print the figures of the service in `folder`."""
    with tempfile.TemporaryDirectory() as place, running(folder, emulators, Path(place)) as port:
        log = Path(place) / "log"
        READS.clear()
        polls, _ = poll(port, clients, seconds)
        print(
            f"  Firestore answers: {describe(polls)}; "
            f"{1000 * READS['reads'] / len(polls):.1f} reads for 1,000 polls"
        )
        ANSWERS.clear()
        polls, probes = poll(port, clients, seconds)
        ANSWERS.set()
        late = sum(taken >= GONE_SECONDS for _, taken in probes)
        print(f"  Firestore hangs: polls: {describe(polls)}")
        print(f"    /healthz: {describe(probes)}; {late} over {GONE_SECONDS:g} s")
        size = log.stat().st_size
        send_garbage(port)
        print(f"  {GARBAGE:,} requests of garbage: {log.stat().st_size - size:,} bytes of log")
        print(f"  {HALF} half requests: closed after {hold_half_requests(port)}")


@contextlib.contextmanager
def running(folder: Path, emulators: Emulators, place: Path) -> Iterator[int]:
    """Run the service in `folder` until the block ends, and yield its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = ["-m", "service.cli", "serve", "--port", str(port)]
    if not (folder / "service" / "server.py").exists():
        command = ["-m", "uvicorn", "--factory", "service.app:build", "--port", str(port)]
        command += ["--no-access-log"]
    environment = {**os.environ, **emulators.environment(), "PYTHONPATH": str(folder)}
    with (place / "log").open("wb") as log:
        service = subprocess.Popen(
            [sys.executable, *command], cwd=folder, env=environment, stdout=log, stderr=log
        )
    try:
        while socket.socket().connect_ex(("127.0.0.1", port)):
            time.sleep(0.1)
        yield port
    finally:
        service.kill()
        service.wait()


Answers = list[tuple[int, float]]


def poll(port: int, clients: int, seconds: float) -> tuple[Answers, Answers]:
    """Let clients poll the release, and a probe the health; return status and time of each."""
    end = time.monotonic() + seconds

    def ask(path: str, pause: float) -> Answers:
        answers = []
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_SECONDS) as client:
            while time.monotonic() < end:
                started = time.monotonic()
                try:
                    status = client.get(path).status_code
                except httpx.TimeoutException:
                    status = 0
                answers.append((status, time.monotonic() - started))
                time.sleep(pause)
        return answers

    with ThreadPoolExecutor(clients + 1) as pool:
        polling = [pool.submit(ask, "/v1/release", 0.2) for _ in range(clients)]
        probing = pool.submit(ask, "/healthz", 0.5)
        return [answer for each in polling for answer in each.result()], probing.result()


def describe(answers: Answers) -> str:
    """Return the number of answers, by status, and how long they took."""
    took: Sequence[float] = np.percentile([taken for _, taken in answers], [50, 99, 100]).tolist()
    statuses = ", ".join(
        f"{count} x {status or 'no answer'}"
        for status, count in sorted(Counter(s for s, _ in answers).items())
    )
    return f"{statuses}; median {took[0]:.3f} s, 99 % {took[1]:.3f} s, longest {took[2]:.3f} s"


def send_garbage(port: int) -> None:
    """Send what is no HTTP, one connection each."""

    def send(_: int) -> None:
        with socket.create_connection(("127.0.0.1", port), 60) as connection:
            connection.sendall(b"\x16\x03\x01\r\n\r\n")
            with contextlib.suppress(OSError):
                connection.recv(1000)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(send, range(GARBAGE)))


def hold_half_requests(port: int) -> str:
    """Open connections that send half a request; return how long the service keeps them."""
    with contextlib.ExitStack() as opened:
        started = time.monotonic()
        connections = []
        for _ in range(HALF):
            half = opened.enter_context(socket.create_connection(("127.0.0.1", port), 30))
            half.sendall(b"POST /v1/retrains HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\n{")
            connections.append(half)
        for half in connections:
            try:
                while half.recv(1000):
                    pass
            except TimeoutError:
                return "more than 30 s"
        return f"{time.monotonic() - started:.1f} s, all of them"


if __name__ == "__main__":
    main()
