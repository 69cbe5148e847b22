"""The processes of a whole Redraw on this machine, with their ports and command lines."""

import contextlib
import os
import shutil
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal

from pydantic import SecretStr

from emulator.official import find_official_command
from emulator.rules import RULES
from pipeline.errors import RedrawError
from pipeline.files import create_folder
from pipeline.settings import Settings
from pipeline.signing.keys import write_new_key
from service.cli.processes import Stack
from service.cli.running import FIREBASE, announced, refuse_second

LOOPBACK = "127.0.0.1"
DEVELOPMENT_KEY = "development-signing.key"

# Without its banner; what Celery logs is up to REDRAW_LOG_LEVEL.
CELERY = (sys.executable, "-m", "celery", "--app", "workers.worker", "--quiet")
WORKER = (
    *CELERY,
    "worker",
    "--concurrency=1",
    "--without-mingle",
    "--without-gossip",
)
BEAT = (*CELERY, "beat")

Redis = Literal["redis-server", "fakeredis"]


@dataclass(frozen=True)
class Addresses:
    """The ports of the processes, all on loopback."""

    firestore: int
    storage: int
    redis: int
    service: int
    external: dict[str, str] = field(default_factory=dict)
    """Variables of emulators that the environment names already; they are used instead of ours."""

    def environment(self) -> dict[str, str]:
        """Return the environment variables by which a process finds the others."""
        return {
            "FIRESTORE_EMULATOR_HOST": f"{LOOPBACK}:{self.firestore}",
            "STORAGE_EMULATOR_HOST": f"http://{LOOPBACK}:{self.storage}",
            **self.external,
            "REDRAW_REDIS_URL": f"redis://{LOOPBACK}:{self.redis}/0",
            "REDRAW_HOST": LOOPBACK,
            "REDRAW_PORT": str(self.service),
        }


@contextlib.contextmanager
def running_stack(
    command: str,
    settings: Settings,
    addresses: Addresses,
    extra: dict[str, str],
    *,
    beat: bool,
    waits: bool = True,
) -> Iterator[Stack]:
    """Run emulators, Redis, a worker, the service, and maybe beat, until the block ends.

    Meanwhile other commands find them by a file in the data folder.

    Args:
        command: the command that does this, `up` or `demo`.
        settings: the folder for everything that is written, and which Redis to use.
        addresses: the ports.
        extra: more environment variables for the processes.
        beat: whether to run beat.
        waits: whether to wait until the service answers; otherwise call `wait_for_service`.

    Raises:
        RedrawError: a process does not start, or the folder is in use.
    """
    refuse_second(settings.data_dir)
    extra = {**extra, **find_signing_key(settings)}
    with new_stack(settings, addresses, extra) as stack:
        start_firebase(stack, settings, addresses)
        start_redis(stack, settings, addresses)
        start_workers(stack, 1)
        if beat:
            stack.start("beat", *BEAT)
        launch_service(stack, addresses)
        if waits:
            wait_for_service(stack, addresses)
        found = {**addresses.environment(), **find_signing_key(settings)}
        with announced(command, settings.data_dir, found):
            yield stack


@contextlib.contextmanager
def new_stack(settings: Settings, addresses: Addresses, extra: dict[str, str]) -> Iterator[Stack]:
    """Yield a stack without processes, and stop those that the block starts at its end."""
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


def find_signing_key(settings: Settings) -> dict[str, str]:
    """Return the variable with a key of this data folder, made at the first call.

    So versions are signed, and clients check them, without any set-up. Nothing is returned where
    the settings name keys.
    """
    if settings.signing_key is not None or settings.trusted_keys:
        return {}
    path = settings.data_dir / DEVELOPMENT_KEY
    if not path.exists():
        write_new_key(path)
    return {"REDRAW_SIGNING_KEY": str(path.absolute())}


def sign_in_development(settings: Settings) -> Settings:
    """Return the settings with the key of this data folder, where they name none."""
    found = find_signing_key(settings)
    if not found:
        return settings
    return settings.with_changes(signing_key=SecretStr(found["REDRAW_SIGNING_KEY"]))


def start_firebase(stack: Stack, settings: Settings, addresses: Addresses) -> None:
    """Start the embedded Firestore and Storage over the folder `firebase` in the data folder.

    If the environment names emulators for both, nothing is started.
    """
    if len(addresses.external) == len(FIREBASE):
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
        stack.wait_for("emulators", partial(is_listening, port))


@contextlib.contextmanager
def running_official(
    logs: Path, port: int = 0, host: str = LOOPBACK, rules: Path = RULES
) -> Iterator[str]:
    """Run Google's own Firestore emulator until the block ends, and yield its host:port.

    Args:
        logs: the folder for its output.
        port: its port; 0 picks a free one.
        host: the address to listen on.
        rules: the file with the security rules.

    Raises:
        RedrawError: it is not installed, or does not start.
    """
    port = port or find_free_ports().firestore
    command = find_official_command(port, host, rules)
    stack = Stack(logs, {})
    try:
        stack.start("firestore", *command)
        stack.wait_for("firestore", partial(is_listening, port))
        yield f"{host}:{port}"
    finally:
        stack.stop()


def start_redis(stack: Stack, settings: Settings, addresses: Addresses) -> None:
    """Start Redis over the folder `redis` in the data folder."""
    stack.start("redis", *redis_command(settings, addresses.redis, settings.data_dir / "redis"))
    stack.wait_for("redis", partial(is_listening, addresses.redis))


def start_workers(stack: Stack, count: int) -> None:
    """Start `count` workers, `worker`, `worker-2` and so on; each executes one task at a time."""
    for name in ("worker", *(f"worker-{number}" for number in range(2, count + 1))):
        stack.start(name, *WORKER, f"--hostname={name}@%h")


def start_service(stack: Stack, addresses: Addresses) -> None:
    """Start the web process, and wait until it answers."""
    launch_service(stack, addresses)
    wait_for_service(stack, addresses)


def launch_service(stack: Stack, addresses: Addresses) -> None:
    """Start the web process; it answers seconds later."""
    command = (sys.executable, "-m", "service.cli", "serve")
    stack.start("service", *command, "--host", LOOPBACK, "--port", str(addresses.service))


def wait_for_service(stack: Stack, addresses: Addresses) -> None:
    """Wait until the web process answers.

    Raises:
        RedrawError: it has ended, or does not answer in time.
    """
    stack.wait_for("service", partial(is_listening, addresses.service))


def describe_firebase(addresses: Addresses) -> str:
    """Return in words which Firebase emulators are used."""
    named = ", ".join(f"{name}={value}" for name, value in addresses.external.items())
    return "emulators" + (f" (but {named} from the environment)" if named else "")


def choose_redis(settings: Settings) -> Redis:
    """Return which Redis to start: redis-server if it is installed, else fakeredis.

    Raises:
        RedrawError: the settings require redis-server, and it is not installed.
    """
    if settings.redis_server == "auto":
        return "redis-server" if shutil.which("redis-server") else "fakeredis"
    if settings.redis_server == "redis-server" and not shutil.which("redis-server"):
        raise RedrawError(
            "redis-server is not installed: install it, or set REDRAW_REDIS_SERVER=fakeredis"
        )
    return settings.redis_server


def redis_command(settings: Settings, port: int, folder: Path) -> tuple[str, ...]:
    """Return the command line of a Redis on loopback that stores its messages in `folder`.

    Fakeredis stores nothing.
    """
    if choose_redis(settings) == "fakeredis":
        return (sys.executable, "-m", "service.cli.fake_redis", str(port))
    create_folder(folder)
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


def find_free_ports() -> Addresses:
    """Return ports that are free at the moment, and the emulators that the environment names."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(4)]
        for free in sockets:
            free.bind((LOOPBACK, 0))
        firestore, storage, redis, service = (free.getsockname()[1] for free in sockets)
    return Addresses(firestore, storage, redis, service, find_external_emulators())


def find_external_emulators() -> dict[str, str]:
    """Return the variables of the emulators that the environment names."""
    return {name: os.environ[name] for name in FIREBASE if os.environ.get(name)}


def is_listening(port: int) -> bool:
    """Return whether a process listens on a loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0
