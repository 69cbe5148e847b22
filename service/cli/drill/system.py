"""The whole composed system of a drill: every backend behind a proxy, every process kept up."""

import contextlib
import os
import secrets
import signal
import sys
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from pydantic import SecretStr

from emulator.players.sketches import write_sketches
from pipeline.bootstrap import connect
from pipeline.errors import RedrawError
from pipeline.files import create_folder
from pipeline.notifications.notify import notify
from pipeline.ports import Ports
from pipeline.settings import Settings
from pipeline.settings_reading import load_settings
from service.cli.drill.faults import BACKENDS, BEATS, LEASE_SECONDS, WORKERS
from service.cli.drill.proxy import Fault, Proxy, proxying
from service.cli.drill.receiver import Receiver, receiving
from service.cli.processes import Stack
from service.cli.running import announced
from service.cli.stack import (
    BEAT,
    LOOPBACK,
    WORKER,
    Addresses,
    find_free_ports,
    find_signing_key,
    is_listening,
    new_stack,
    redis_command,
    sign_in_development,
)

CLASSES = ("apple", "sun", "tree", "house", "car", "cat")
"""Few, so that a run takes seconds."""
ROWS = 60  # of each class
WORLD = {
    "REDRAW_ENVIRONMENT": "development",
    "REDRAW_CATEGORIES": ",".join(CLASSES),
    "REDRAW_SAMPLES_PER_CLASS": str(ROWS),
    "REDRAW_EPOCHS": "2",
    "REDRAW_BATCH_SIZE": "32",
    "REDRAW_CANVAS_COPIES": "0",
    "REDRAW_LEASE_SECONDS": str(LEASE_SECONDS),
    "REDRAW_SWEEP_SECONDS": "2",
    "REDRAW_CHECK_SECONDS": "3",
    "REDRAW_RETRAIN_THRESHOLD": "10",
    "REDRAW_TRIGGER_PAUSE_HOURS": "0.001",
    # So few drawings show little: with the usual limits every challenger would be held.
    "REDRAW_GATE_MARGIN": "0.5",
    "REDRAW_GATE_BASELINE_MARGIN": "0.5",
    "REDRAW_GATE_PLAYERS_MARGIN": "0.5",
    "REDRAW_GATE_CLASS_MARGIN": "1",
    "REDRAW_GATE_GOLDEN_WRONG": "30",
    "REDRAW_TRIAL_ANSWERS": "20",
    "REDRAW_COLLECT_BATCH": "20",
    "REDRAW_MAX_DEATHS": "30",
    "REDRAW_LIMIT_REQUESTS": "0",
    "REDRAW_PREDICT_PROCESSES": "1",
    "REDRAW_WORKER_NICE": "0",
    "REDRAW_WEBHOOK_CHECK_SECONDS": "10",
}
"""The settings of a drill: everything happens within seconds."""


@dataclass
class System:
    """The running processes, and ways to them past the proxies."""

    stack: Stack
    settings: Settings
    """Past the proxies, of this process."""
    ports: Ports
    """Past the proxies."""
    addresses: Addresses
    proxies: dict[str, Proxy]
    receiver: Receiver
    key: str
    """Of the owner."""
    commands: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """How each process is started."""
    restarts: Counter[str] = field(default_factory=Counter)
    expected: set[str] = field(default_factory=set)
    """Processes that were told to end and have not been started again."""
    ended: list[str] = field(default_factory=list)
    """What ended by itself."""

    @property
    def service(self) -> str:
        """The base address of the service."""
        return f"http://{LOOPBACK}:{self.addresses.service}"

    def folder(self, worker: str) -> Path:
        """Return the data folder of a worker."""
        return self.settings.data_dir.absolute() / worker

    def dataset(self, worker: str) -> Path:
        """Return the local data set of a worker."""
        return self.folder(worker) / self.settings.dataset_file.name

    def start(self, name: str) -> None:
        """Start a process of `commands`."""
        folder = self.folder(name if name in WORKERS else WORKERS[0])
        self.stack.start(name, *self.commands[name], extra={"REDRAW_DATA_DIR": str(folder)})

    def send(self, name: str, number: signal.Signals) -> None:
        """Send a signal to a process and all of its children."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.stack.processes[name].pid, number)

    def end(self, name: str, number: signal.Signals) -> None:
        """End a process by a signal; it is started again."""
        self.expected.add(name)
        self.send(name, number)

    def keep_up(self) -> None:
        """Start again what has ended, as an init system or a container engine does."""
        for name, process in list(self.stack.processes.items()):
            if process.poll() is not None:
                if name not in self.expected:
                    self.ended.append(f"{name} ended by itself, with code {process.returncode}")
                self.expected.discard(name)
                # What a worker that was killed has left behind is in its process group.
                self.send(name, signal.SIGKILL)
                self.restarts[name] += 1
                self.start(name)

    def end_faults(self) -> None:
        """Let every process and connection work again."""
        for proxy in self.proxies.values():
            proxy.set(Fault.NONE)
        for name in self.stack.processes:
            self.send(name, signal.SIGCONT)
        self.keep_up()


@contextlib.contextmanager
def running_system(data_dir: Path) -> Iterator[System]:
    """Run emulators, Redis, two workers, two beats and the service until the block ends.

    A first version is trained and released before the workers start.

    Args:
        data_dir: an empty folder, or one that does not exist; it is kept.

    Raises:
        RedrawError: a process does not start, or the folder holds something.
    """
    if data_dir.exists() and any(data_dir.iterdir()):
        raise RedrawError(f"{data_dir} is not empty: choose another with --data-dir")
    create_folder(data_dir)
    os.environ.update(WORLD)
    key = secrets.token_hex(16)
    settings = load_settings(data_dir=data_dir.absolute(), api_key=SecretStr(key))
    real = replace(find_free_ports(), external={})
    with contextlib.ExitStack() as ending:
        receiver = ending.enter_context(receiving())
        targets = {"firestore": real.firestore, "storage": real.storage, "redis": real.redis}
        proxies = {name: ending.enter_context(proxying(targets[name])) for name in BACKENDS}
        firestore, storage, redis = (proxies[name].port for name in BACKENDS)
        behind = Addresses(firestore, storage, redis, real.service)
        secret = find_signing_key(settings)
        extra = {
            "REDRAW_API_KEY": key,
            "REDRAW_WEBHOOK_URL": receiver.url,
            "REDRAW_WEBHOOK_SECRET": f"whsec_{b64encode(secrets.token_bytes(32)).decode()}",
            **secret,
        }
        stack = ending.enter_context(new_stack(settings, behind, extra))
        # This process looks at everything past the proxies.
        os.environ.update({**real.environment(), **extra})
        settings = sign_in_development(
            load_settings(data_dir=data_dir.absolute(), api_key=SecretStr(key))
        )
        system = System(stack, settings, connect(settings), real, proxies, receiver, key)
        system.commands = list_commands(settings, real)
        start_backends(system)
        make_first_version(system)
        notify(system.ports, system.settings)  # the first look tells nothing of what was before
        for name in (*WORKERS, *BEATS, "service"):
            system.start(name)
        stack.wait_for("service", partial(is_listening, real.service))
        ending.enter_context(announced("drill", data_dir, {**real.environment(), **secret}))
        yield system


def list_commands(settings: Settings, real: Addresses) -> dict[str, tuple[str, ...]]:
    """Return the command line of each process, in the order in which they are started."""
    folder = settings.data_dir.absolute()
    redraw = (sys.executable, "-m", "service.cli")
    ports = ("--firestore-port", str(real.firestore), "--storage-port", str(real.storage))
    return {
        "emulators": (*redraw, "emulators", "--data-dir", str(folder / "firebase"), *ports),
        "redis": redis_command(settings, real.redis, folder / "redis"),
        **{
            name: (
                *WORKER,
                f"--hostname={name}@%h",
                *("--include", "service.cli.drill.short_pauses"),
            )
            for name in WORKERS
        },
        **dict.fromkeys(BEATS, BEAT),
        "service": (*redraw, "serve", "--host", LOOPBACK, "--port", str(real.service)),
    }


def start_backends(system: System) -> None:
    """Start the emulators and Redis, and wait until they answer."""
    system.start("emulators")
    system.start("redis")
    for name, port in (
        ("emulators", system.addresses.firestore),
        ("emulators", system.addresses.storage),
        ("redis", system.addresses.redis),
    ):
        system.stack.wait_for(name, partial(is_listening, port))


def make_first_version(system: System) -> None:
    """Train and release v1.0.0 on sketches, in a process of its own.

    Raises:
        RedrawError: it failed.
    """
    raw = system.settings.data_dir.absolute() / "raw"
    write_sketches(raw, ROWS, 0, categories=CLASSES)
    system.commands["baseline"] = (
        *(sys.executable, "-m", "service.cli", "baseline"),
        *("--raw", str(raw)),
    )
    system.start("baseline")
    process = system.stack.processes.pop("baseline")
    try:
        code = process.wait()
    finally:
        process.kill()
    if code:
        log = system.stack.logs / "baseline.log"
        raise RedrawError(f"the first version could not be made: see {log}")
