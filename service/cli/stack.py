"""The processes of a whole Redraw on this machine: started, waited for, watched, and stopped together."""

import contextlib
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal

from emulator.official import find_official_command
from pipeline.errors import RedrawError
from pipeline.settings import Settings
from service.cli.interrupts import acknowledge

READY_SECONDS = 60.0
STOP_SECONDS = 15.0
LOOK_SECONDS = 0.1
LAST_LINES = 5
LOOPBACK = "127.0.0.1"
FIREBASE = ("FIRESTORE_EMULATOR_HOST", "STORAGE_EMULATOR_HOST")

CELERY = (sys.executable, "-m", "celery", "--app", "workers.worker")
WORKER = (
    *CELERY,
    "worker",
    "--concurrency=1",
    "--loglevel=info",
    "--without-mingle",
    "--without-gossip",
)

Redis = Literal["redis-server", "fakeredis"]


@dataclass(frozen=True)
class Addresses:
    """Where the parts listen; all on loopback."""

    firestore: int
    storage: int
    redis: int
    service: int
    given: dict[str, str] = field(default_factory=dict)
    """Emulators that the environment named already: used as they are, in place of our own."""

    def environment(self) -> dict[str, str]:
        """What a process needs in its environment to find the others."""
        return {
            "FIRESTORE_EMULATOR_HOST": f"{LOOPBACK}:{self.firestore}",
            "STORAGE_EMULATOR_HOST": f"http://{LOOPBACK}:{self.storage}",
            **self.given,
            "REDRAW_REDIS_URL": f"redis://{LOOPBACK}:{self.redis}/0",
            "REDRAW_HOST": LOOPBACK,
            "REDRAW_PORT": str(self.service),
        }


@dataclass
class Stack:
    """Processes that were started, in order. Their output is in `logs`, one file each."""

    logs: Path
    environment: dict[str, str]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, *command: str) -> None:
        """Starts a process of its own session, so that Ctrl-C reaches it through `stop` alone."""
        self.logs.mkdir(parents=True, exist_ok=True)
        with (self.logs / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self.environment, "PYTHONUNBUFFERED": "1"},
                start_new_session=True,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - one system call, no threads involved
            )

    def wait_for(self, name: str, ready: Callable[[], bool]) -> None:
        """Returns when `ready` says so. Raises RedrawError when the process ends first, or does not get there."""
        deadline = time.monotonic() + READY_SECONDS
        while not ready():
            self.check()
            if time.monotonic() > deadline:
                raise RedrawError(
                    f"{name} did not get ready in {READY_SECONDS:.0f} s: see {self.logs / name}.log"
                )
            time.sleep(LOOK_SECONDS)

    def check(self) -> None:
        """Raises RedrawError when a process has ended."""
        for name, process in self.processes.items():
            if process.poll() is not None:
                log = self.logs / f"{name}.log"
                last = " / ".join(
                    log.read_text(errors="replace").strip().splitlines()[-LAST_LINES:]
                )
                raise RedrawError(
                    f"{name} stopped with exit code {process.returncode}; its last words in {log}: {last}"
                )

    def stop(self) -> None:
        """Asks every process to end, the last started first, and ends by force what does not."""
        acknowledge()
        for name in reversed(self.processes):
            process = self.processes[name]
            if process.poll() is None:
                process.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(STOP_SECONDS)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.processes.clear()


@contextlib.contextmanager
def running_stack(
    settings: Settings, addresses: Addresses, extra: dict[str, str], *, beat: bool, workers: int = 1
) -> Iterator[Stack]:
    """Emulators, Redis, workers, service (and beat) over `settings.data_dir`, ready when the block begins, gone when it ends.

    `extra` goes into the processes' environment. Raises RedrawError when a part does not start.
    """
    with new_stack(settings, addresses, extra) as stack:
        start_firebase(stack, settings, addresses)
        start_redis(stack, settings, addresses)
        start_workers(stack, workers)
        if beat:
            stack.start(
                "beat",
                *CELERY,
                "beat",
                "--loglevel=info",
                "--schedule",
                str(settings.data_dir / "beat-schedule"),
            )
        start_service(stack, addresses)
        yield stack


@contextlib.contextmanager
def new_stack(settings: Settings, addresses: Addresses, extra: dict[str, str]) -> Iterator[Stack]:
    """A stack without processes; those that the block starts are stopped at its end."""
    environment = {
        **addresses.environment(),
        "REDRAW_DATA_DIR": str(settings.data_dir.absolute()),
        **extra,
    }
    stack = Stack(settings.logs_dir.absolute(), environment)
    try:
        yield stack
    finally:
        stack.stop()


def start_firebase(stack: Stack, settings: Settings, addresses: Addresses) -> None:
    """The embedded Firestore and Storage, over `firebase` in the data folder; nothing where others are given for both."""
    if len(addresses.given) == len(FIREBASE):
        return
    stack.start(
        "emulators",
        *(
            sys.executable,
            "-m",
            "service.cli",
            "emulators",
            "--data-dir",
            str(settings.data_dir / "firebase"),
        ),
        *("--firestore-port", str(addresses.firestore), "--storage-port", str(addresses.storage)),
    )
    for port in (addresses.firestore, addresses.storage):
        stack.wait_for("emulators", partial(answers, port))


@contextlib.contextmanager
def running_official(logs: Path, port: int = 0, host: str = LOOPBACK) -> Iterator[str]:
    """Google's own Firestore emulator, as host:port, while the block lasts. Port 0 picks a free one.

    Raises RedrawError where it is not installed, or does not start; its output is in `logs`.
    """
    port = port or free_ports().firestore
    command = find_official_command(port, host)
    stack = Stack(logs, {})
    try:
        stack.start("firestore", *command)
        stack.wait_for("firestore", partial(answers, port))
        yield f"{host}:{port}"
    finally:
        stack.stop()


def start_redis(stack: Stack, settings: Settings, addresses: Addresses) -> None:
    """A Redis of our own, over `redis` in the data folder."""
    stack.start("redis", *redis_command(settings, addresses.redis, settings.data_dir / "redis"))
    stack.wait_for("redis", partial(answers, addresses.redis))


def start_workers(stack: Stack, count: int) -> None:
    """Worker processes that do one task at a time each: `worker`, `worker-2` and so on."""
    for name in ("worker", *(f"worker-{number}" for number in range(2, count + 1))):
        stack.start(name, *WORKER, f"--hostname={name}@%h")


def start_service(stack: Stack, addresses: Addresses) -> None:
    """The web process."""
    command = (sys.executable, "-m", "uvicorn", "--factory", "service.app:build", "--no-access-log")
    stack.start("service", *command, "--host", LOOPBACK, "--port", str(addresses.service))
    stack.wait_for("service", partial(answers, addresses.service))


def firebase_kind(addresses: Addresses) -> str:
    """Which Firebase is used, in words."""
    named = ", ".join(f"{name}={value}" for name, value in addresses.given.items())
    return "emulators" + (f" (but for {named}, which are given)" if named else "")


def redis_kind(settings: Settings) -> Redis:
    """Which Redis to start: redis-server where it is installed, else fakeredis. Raises RedrawError when it cannot be had."""
    if settings.redis_server == "auto":
        return "redis-server" if shutil.which("redis-server") else "fakeredis"
    if settings.redis_server == "redis-server" and not shutil.which("redis-server"):
        raise RedrawError(
            "redis-server is not installed: install it, or set REDRAW_REDIS_SERVER=fakeredis"
        )
    return settings.redis_server


def redis_command(settings: Settings, port: int, folder: Path) -> tuple[str, ...]:
    """The command line of a Redis on loopback that keeps its messages in `folder` (fakeredis: in memory alone)."""
    if redis_kind(settings) == "fakeredis":
        return (sys.executable, "-m", "service.cli.fake_redis", str(port))
    folder.mkdir(parents=True, exist_ok=True)
    options = {
        "port": str(port),
        "bind": LOOPBACK,
        "dir": str(folder),
        "appendonly": "yes",
        "save": "",
    }
    return (
        "redis-server",
        *(word for name, value in options.items() for word in (f"--{name}", value)),
    )


def free_ports() -> Addresses:
    """Ports that nobody listens on at the moment. Emulators that the environment names stay what they are."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(4)]
        for each in sockets:
            each.bind((LOOPBACK, 0))
        firestore, storage, redis, service = (each.getsockname()[1] for each in sockets)
    return Addresses(firestore, storage, redis, service, given_emulators())


def given_emulators() -> dict[str, str]:
    """The emulators that the environment names."""
    return {name: os.environ[name] for name in FIREBASE if os.environ.get(name)}


def answers(port: int) -> bool:
    """Whether somebody listens on a loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0


def _die_with_parent() -> None:
    """Linux ends a child when its parent dies, even by kill -9; elsewhere it is left to the person."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)
