"""How long it takes to go back to the version before, on the embedded emulators.

python -m benchmarks.rollback [--releases 100] [--rounds 10]

The core of `redraw rollback`, the route of the web process, and the whole command in a process of
its own, which spends most of its time on starting Python.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
from fastapi.testclient import TestClient

from emulator.servers import run_emulators
from pipeline.bootstrap import connect
from pipeline.ports import Ports
from pipeline.records.versions import ModelMetrics, ModelVersion, VersionFile
from pipeline.settings import Settings
from pipeline.storage_paths import VERSION_FILE
from pipeline.versions.publish import next_patch
from pipeline.versions.rollback import roll_back
from service.app import create_app

FILE_BYTES = (230_000, 203_000, 128_000, 206_000, 204_000, 58_000, 300_000, 20_000, 5_000, 2_000)
"""About what the files of a version have; each is read before the version is released."""
METRICS = ModelMetrics(accuracy=0.9, loss=0.3, training_samples=1, corrections=0)
KEY = "a-key-for-the-benchmark"
COMMANDS = 3  # processes


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--releases", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args()
    with run_emulators() as emulators:
        os.environ.update(emulators.environment())
        settings = Settings(_env_file=None, environment="development", api_key=KEY)
        ports = connect(settings)
        versions = [publish(ports, f"run-{number}") for number in range(2)]
        for number in range(options.releases):
            ports.models.promote(versions[number % 2], by="owner", why="a change")
        print(f"{options.releases} releases in the history, {len(FILE_BYTES)} files in a version")
        with web_client(settings, ports) as client:
            measure("core", options.rounds, ports, versions, lambda: roll_back(ports, by="owner"))
            measure(
                "route",
                options.rounds,
                ports,
                versions,
                lambda: client.post("/v1/releases/rollback").raise_for_status(),
            )
        with tempfile.TemporaryDirectory() as folder:
            measure("command", COMMANDS, ports, versions, lambda: run_command(folder))


def publish(ports: Ports, run_id: str) -> str:
    """Publish a version with files of a usual size."""
    draft = ModelVersion(
        version="", storage_path="", created_at=datetime.now(UTC), dataset_revision=0, run_id=run_id
    )
    version = ports.models.reserve(run_id, next_patch, draft).version
    files = []
    for number, size in enumerate(FILE_BYTES):
        data = bytes(size)
        path = VERSION_FILE.fill(version=version, name=f"file-{number}.bin")
        ports.artefacts.create(path, data)
        files.append(VersionFile.of(path, data))
    return ports.models.commit(version, files, METRICS).version


@contextmanager
def web_client(settings: Settings, ports: Ports) -> Iterator[httpx.Client]:
    """Yield a client of the web process's application, with the owner's key."""
    app = create_app(settings, ports, enqueue=print)
    with TestClient(app, headers={"X-API-Key": KEY}) as client:
        yield client


def run_command(folder: str) -> None:
    """Run `redraw rollback`, in a folder without settings."""
    subprocess.run(
        [sys.executable, "-m", "service.cli.main", "rollback"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path.cwd()), "REDRAW_ENVIRONMENT": "development"},
        check=True,
        capture_output=True,
    )


def measure(
    name: str, rounds: int, ports: Ports, versions: list[str], go_back: Callable[[], object]
) -> None:
    """Release the second version, go back, and print how long going back took."""
    taken = []
    for _ in range(rounds):
        ports.models.promote(versions[1], by="owner", why="forward again")
        started = time.perf_counter()
        go_back()
        taken.append(time.perf_counter() - started)
        release = ports.models.release()
        assert release is not None
        assert release.version == versions[0]
    print(f"{name:8} median {statistics.median(taken):.3f} s, at most {max(taken):.3f} s")


if __name__ == "__main__":
    main()
