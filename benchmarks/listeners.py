"""How the web process bears many listeners to the events of a run, from its request to its end.

python -m benchmarks.listeners [--listeners 200] [--corrections 1000] [--seconds 10]

The emulators and the listeners are in this process, the service and the worker (`redraw retrain`)
are processes of their own. The drawings are made up, and the baseline is a quick one: what is
measured does not depend on them.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.web_stress import running
from emulator import firestore
from emulator.players.canvases import player_corrections
from emulator.players.seed import seed_corrections
from emulator.players.sketches import PLAYERS_HASTE, sketch_rows, write_sketches
from emulator.servers import run_emulators
from pipeline.baseline import make_baseline
from pipeline.bootstrap import connect
from pipeline.categories import CATEGORIES
from pipeline.ports import Ports
from pipeline.records.runs import Run
from pipeline.runs.requests import request_run
from pipeline.settings import Settings
from pipeline.settings_reading import load_settings

KEY = "an-api-key-for-the-benchmark"
RECIPE = {"samples_per_class": 60, "epochs": 2, "batch_size": 32, "canvas_copies": 50}

READS: Counter[str] = Counter()
_get_documents = firestore.Firestore.batch_get_documents


def get_documents(emulated: firestore.Firestore, request: Any) -> Any:
    """Answer as the emulator does, and count the calls in `READS`."""
    READS["reads"] += 1
    return _get_documents(emulated, request)


@dataclass
class Heard:
    """What a listener was told: its states in order, and how late each event came, in seconds."""

    states: list[str] = field(default_factory=list)
    delays: list[float] = field(default_factory=list)
    ended: bool = False
    begun: asyncio.Event = field(default_factory=asyncio.Event)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--listeners", type=int, default=200)
    parser.add_argument("--corrections", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=10, help="of the time before the run")
    options = parser.parse_args()
    firestore.Firestore.batch_get_documents = get_documents  # type: ignore[assignment]
    with tempfile.TemporaryDirectory() as place, run_emulators() as emulators:
        folder = Path(place)
        os.environ.update(emulators.environment())
        os.environ |= {"REDRAW_API_KEY": KEY, "REDRAW_DATA_DIR": str(folder / "data")}
        settings = load_settings(data_dir=folder / "data", **RECIPE)
        ports = fill(settings, folder / "raw", options.corrections)
        run = request_run(ports.runs, "benchmark")
        with running(Path.cwd(), emulators, folder) as port:
            asyncio.run(measure(port, run, ports, options))


def fill(settings: Settings, raw: Path, corrections: int) -> Ports:
    """Release v1.0.0, and send corrections about it."""
    write_sketches(raw, RECIPE["samples_per_class"], 0)
    ports = connect(settings)
    make_baseline(raw, ports, settings)
    rows = {name: sketch_rows(name, 60, 1, PLAYERS_HASTE) for name in CATEGORIES}
    seed_corrections(player_corrections(rows, corrections, 0, "v1.0.0", players=80), settings)
    return ports


async def measure(port: int, run: Run, ports: Ports, options: argparse.Namespace) -> None:
    """Let listeners follow the run, execute it, and print what they heard and what it cost."""
    service = find_service(port)
    await listen_briefly(port, run.id)  # what the first one costs is no cost of a listener
    before, processor = read_memory(service), read_processor(service)
    heard = [Heard() for _ in range(options.listeners)]
    listeners = [asyncio.create_task(listen(port, run.id, each)) for each in heard]
    await asyncio.gather(*(each.begun.wait() for each in heard))
    memory = (read_memory(service) - before) / options.listeners
    READS.clear()
    idle = read_processor(service)
    await asyncio.sleep(options.seconds)
    reads = READS["reads"] / options.seconds
    idle = (read_processor(service) - idle) / options.seconds
    for each in heard:
        each.delays.clear()  # the first event tells what was long ago
    begun = time.monotonic()
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "service.cli", "retrain", stdout=subprocess.DEVNULL
    )
    await asyncio.gather(*listeners)
    took = time.monotonic() - begun
    await worker.wait()
    ended = ports.runs.get(run.id)
    expected = ["requested", *sorted(ended.entered, key=ended.entered.__getitem__)]
    whole = sum(each.ended and list(dict.fromkeys(each.states)) == expected for each in heard)
    delays = sorted(delay for each in heard for delay in each.delays)
    print(f"the run took {took:.0f} s and was {ended.state}: {', '.join(expected)}")
    print(f"{whole} of {len(heard)} listeners were told every state, in order, and the end")
    print(
        f"{len(delays):,} events, {describe(delays)} after they were written; "
        f"{memory:.0f} kB of memory a listener"
    )
    print(
        f"before the run: {reads:.1f} reads of Firestore a second, {100 * idle:.1f} % of a core; "
        f"from there to the end {read_processor(service) - processor:.1f} s of processor in all"
    )


async def listen(port: int, run_id: str, heard: Heard) -> None:
    """Follow a run to its end."""
    reader, writer = await open_stream(port, run_id)
    name = ""
    while line := await reader.readline():
        words = line.decode().strip()
        if words.startswith("event: "):
            name = words.removeprefix("event: ")
        elif words.startswith("data: ") and name in ("progress", "end"):
            told = json.loads(words.removeprefix("data: "))
            heard.states.append(told["state"])
            heard.begun.set()
            written = datetime.fromisoformat(told["updatedAt"])
            heard.delays.append((datetime.now(UTC) - written).total_seconds())
            heard.ended |= name == "end"
    writer.close()


async def listen_briefly(port: int, run_id: str) -> None:
    """Take the first event of a run, and go."""
    reader, writer = await open_stream(port, run_id)
    while not (await reader.readline()).startswith(b"data: "):
        pass
    writer.close()


async def open_stream(port: int, run_id: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Ask for the events of a run. HTTP/1.0: the answer is not divided into chunks."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    request = f"GET /v1/retrains/{run_id}/events HTTP/1.0\r\nX-API-Key: {KEY}\r\n\r\n"
    writer.write(request.encode())
    return reader, writer


def describe(delays: Iterable[float]) -> str:
    """Return the median and the 99th percentile of delays."""
    parts = statistics.quantiles(delays, n=100)
    return f"half of them {parts[49]:.2f} s, 99 % {parts[98]:.2f} s"


def find_service(port: int) -> int:
    """Return the process that listens on a port, among the children of this one."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    for child in children:
        command = Path(f"/proc/{child}/cmdline").read_bytes()
        if f"--port\0{port}\0".encode() in command:
            return int(child)
    raise SystemExit("the service has not started: see its log")


def read_memory(process: int) -> float:
    """Return the memory of a process, in kB."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith("VmRSS")))


def read_processor(process: int) -> float:
    """Return the seconds of processor that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
