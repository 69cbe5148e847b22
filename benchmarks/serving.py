"""How many drawings the service guesses a second, and how soon, idle and while a retrain runs.

    python -m benchmarks.serving --raw DIR [--seconds 10] [--rate 100] [--corrections 3000]

Emulators, Redis, a worker and web processes run as `redraw demo` runs them, beside the plain
backend (`serving_plain`): FastAPI and Keras' `model.predict`. All get the same canvases, on the
same machine, in the same run. `wrk` sends over some connections as fast as answers come; a client
of our own sends so many requests a second. Both need processor time too. What is lost was not
answered with 200.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import httpx
import numpy as np

from benchmarks.serving_load import KEY, Load, press, send_evenly, write_script
from benchmarks.serving_plain import MODEL
from emulator.players.canvases import canvas_png, player_corrections
from emulator.players.seed import seed_corrections
from pipeline.bootstrap import connect
from pipeline.dataset.raw_drawings import find_raw
from pipeline.ports import Ports
from pipeline.settings import Settings
from pipeline.settings_reading import load_settings
from service.cli.demo import SAMPLES, make_first_version
from service.cli.processes import Stack
from service.cli.stack import (
    LOOPBACK,
    find_free_ports,
    is_listening,
    running_stack,
    sign_in_development,
)

CANVASES = 300
CONNECTIONS = (1, 8, 32)
BUSY_CONNECTIONS = 8
WARM_SECONDS = 2


class Side(NamedTuple):
    """A backend: its name, the ports of its web processes, its route, and wrk's script."""

    name: str
    ports: Sequence[int]
    path: str
    script: Path


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--raw", type=Path, required=True, help="folder with <category>.npy")
    parser.add_argument("--seconds", type=float, default=10, help="of each measurement")
    parser.add_argument("--rate", type=float, default=100, help="requests a second, sent evenly")
    parser.add_argument("--corrections", type=int, default=3000, help="that a retrain collects")
    parser.add_argument("--only", choices=("ours",), help="leave the plain backend out")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(
            data_dir=Path(folder), epochs=3, batch_size=64, canvas_copies=500,
            samples_per_class=SAMPLES, api_key=KEY,
        )  # fmt: skip
        addresses = find_free_ports()
        os.environ |= {**addresses.environment(), "REDRAW_API_KEY": KEY}
        with running_stack("serving", settings, addresses, {}, beat=False) as stack:
            settings = sign_in_development(settings)  # with the key that the worker signs with
            ports = connect(settings)
            make_first_version(options.raw, ports, settings)
            world = World(options, settings, ports, stack, addresses.service)
            world.measure()


class World:
    """All backends, and players whose corrections a retrain collects."""

    def __init__(
        self,
        options: argparse.Namespace,
        settings: Settings,
        ports: Ports,
        stack: Stack,
        service: int,
    ) -> None:
        self._options, self._settings, self._ports, self._stack = options, settings, ports, stack
        self._rounds = 0
        rng = np.random.default_rng(0)
        self._rows = {
            name: np.load(find_raw(options.raw, name))[SAMPLES:] for name in settings.categories
        }
        rows = [self._rows[name][: CANVASES // len(self._rows)] for name in settings.categories]
        self._bodies = [canvas_png(row.reshape(28, 28), rng) for row in np.concatenate(rows)]
        place = settings.data_dir / "bodies"
        place.mkdir()
        ours = write_script(place, self._bodies, "/v1/predict")
        plain = write_script(place, self._bodies, "/predict")
        second = self._start_second()
        one = Side("ours", [service], "/v1/predict", ours)
        two = Side("ours, two web processes", [service, second], "/v1/predict", ours)
        keras = [] if options.only else [Side("plain", [self._start_plain()], "/predict", plain)]
        self._service = service
        self._idle, self._busy = [*keras, one, two], [*keras, one]

    def measure(self) -> None:
        """Measure all backends, idle and then while a retrain runs, and print the ratios."""
        print(f"{os.cpu_count()} cores; load before: {os.getloadavg()[0]:.1f}")
        for side in self._idle:
            if (warm := press(side.ports, side.script, len(side.ports), WARM_SECONDS)).lost:
                raise SystemExit(f"{side.name} does not answer all: {warm}")
        for connections in CONNECTIONS:
            self._compare(
                f"{connections} connections", self._idle, partial(self._press, connections)
            )
        self._compare(f"{self._options.rate:g} a second", self._idle, self._send)
        for side in self._busy:
            for name, load in (
                (f"{BUSY_CONNECTIONS} connections", partial(self._press, BUSY_CONNECTIONS)),
                (f"{self._options.rate:g} a second", self._send),
            ):
                self._beside_a_retrain(side, name, load)

    def _compare(self, title: str, sides: Sequence[Side], load: Callable[[Side], Load]) -> None:
        print(f"{title}, idle (load {os.getloadavg()[0]:.1f}):")
        found = []
        for side in sides:
            found.append(load(side))
            ratio = f"; {found[-1].rate / found[0].rate:.1f} times as many" if found[1:] else ""
            print(f"  {side.name:24} {found[-1]}{ratio}", flush=True)

    def _press(self, connections: int, side: Side) -> Load:
        return press(side.ports, side.script, connections, self._options.seconds)

    def _send(self, side: Side) -> Load:
        options = self._options
        return send_evenly(side.ports, side.path, self._bodies, options.rate, options.seconds)

    def _beside_a_retrain(self, side: Side, title: str, load: Callable[[Side], Load]) -> None:
        """Measure again and again as long as a retrain runs, and print the means."""
        run_id = self._request_retrain()
        found = []
        while self._state(run_id) == "running":
            found.append(load(side))
        if not found:
            raise SystemExit(f"{run_id} ended before anything was measured")
        *whole, _ = found if found[1:] else [*found, found[0]]  # the last may outlast the run
        rate, median, late, lost = np.array(whole).mean(axis=0).tolist()
        print(
            f"{title}, while a retrain runs ({len(whole)} x {self._options.seconds:g} s): "
            f"{side.name:6} {Load(rate, median, late, int(lost * len(whole)))}",
            flush=True,
        )

    def _request_retrain(self) -> str:
        """Send corrections, request a run, and return its id when it is running."""
        self._rounds += 1
        release = self._ports.models.release()
        sent = player_corrections(
            self._rows, self._options.corrections, self._rounds,
            release.version if release else "", players=self._options.corrections // 4,
        )  # fmt: skip
        seed_corrections(sent, self._settings)
        with self._client() as client:
            run_id: str = client.post("/v1/retrains").raise_for_status().json()["id"]
        while (state := self._state(run_id)) == "requested":
            time.sleep(0.2)
        print(f"  {run_id} is {state}, with {self._options.corrections:,} corrections", flush=True)
        return run_id

    def _state(self, run_id: str) -> str:
        self._stack.check()
        run = self._ports.runs.get(run_id)
        return "running" if not run.state.ended and run.state != "requested" else str(run.state)

    def _client(self) -> httpx.Client:
        return httpx.Client(
            base_url=f"http://{LOOPBACK}:{self._service}",
            headers={"X-API-Key": KEY},
            timeout=60,
        )

    def _start_second(self) -> int:
        return self._start("service-2", "-m", "service.cli", "serve", "--port")

    def _start_plain(self) -> int:
        os.environ[MODEL] = str(self._settings.baseline_file.absolute())
        factory = ("-m", "uvicorn", "--factory", "benchmarks.serving_plain:make_app")
        return self._start("plain", *factory, "--log-level", "warning", "--port")

    def _start(self, name: str, *command: str) -> int:
        port = find_free_ports().service
        self._stack.start(name, sys.executable, *command, str(port))
        self._stack.wait_for(name, partial(is_listening, port))
        return port


if __name__ == "__main__":
    main()
