"""The launcher: turns a data folder (or none) into a running Firestore server and a running Storage server."""

import fcntl
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import uvicorn

from emulator.database import Database
from emulator.firestore import build_server
from emulator.indexes import INDEXES, Indexes
from emulator.objects import Objects
from emulator.storage import Storage
from pipeline.errors import RedrawError

_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Emulators:
    """Two servers that are running."""

    firestore_host: str
    """host:port, as FIRESTORE_EMULATOR_HOST wants it."""
    storage_host: str
    """http://host:port, as STORAGE_EMULATOR_HOST wants it."""
    reset: Callable[[], None] = field(repr=False)
    """Forgets all documents and objects."""

    def environment(self) -> dict[str, str]:
        """The variables by which Google's clients find the emulators."""
        return {
            "FIRESTORE_EMULATOR_HOST": self.firestore_host,
            "STORAGE_EMULATOR_HOST": self.storage_host,
        }


@contextmanager
def running_emulators(
    data_dir: Path | None = None,
    firestore_port: int = 0,
    storage_port: int = 0,
    *,
    indexes: Path = INDEXES,
    host: str = _LOOPBACK,
    firestore_host: str | None = None,
) -> Iterator[Emulators]:
    """Runs both servers in threads of this process, while the block lasts. Port 0 picks a free one.

    Without a data folder nothing is kept. With `firestore_host`, another Firestore at that address, only Storage is run.
    Raises RedrawError when a port is taken or the folder in use.
    """
    with ExitStack() as stack:
        folder = data_dir or Path(
            stack.enter_context(TemporaryDirectory(prefix="redraw-emulators-"))
        )
        stack.enter_context(_locked(folder))
        objects = Objects(folder, durable=data_dir is not None)
        stack.callback(objects.close)
        forget = [objects.clear]
        if firestore_host is None:
            database = Database(
                folder / "firestore.sqlite", durable=data_dir is not None, indexes=Indexes(indexes)
            )
            stack.callback(database.close)
            forget.append(database.clear)
            firestore_host = stack.enter_context(_firestore(database, host, firestore_port))

        def reset() -> None:
            for each in forget:
                each()

        listener = stack.enter_context(_bound(host, storage_port, "--storage-port"))
        stack.enter_context(_serving(Storage(objects, reset), listener))
        yield Emulators(firestore_host, f"http://{host}:{listener.getsockname()[1]}", reset)


def serve(
    data_dir: Path | None,
    firestore_port: int,
    storage_port: int,
    announce: Callable[[Emulators], None],
    *,
    host: str = _LOOPBACK,
    firestore_host: str | None = None,
) -> None:
    """As `running_emulators`, until SIGTERM or SIGINT. `announce` is called when they answer."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with running_emulators(
        data_dir, firestore_port, storage_port, host=host, firestore_host=firestore_host
    ) as emulators:
        announce(emulators)
        stop.wait()


@contextmanager
def _firestore(database: Database, host: str, port: int) -> Iterator[str]:
    """A Firestore server, as host:port."""
    with _bound(host, port, "--firestore-port") as probe:
        port = probe.getsockname()[1]
    server = build_server(database)
    server.add_insecure_port(f"{host}:{port}")
    server.start()
    try:
        yield f"{host}:{port}"
    finally:
        server.stop(grace=0.2).wait()


@contextmanager
def _serving(storage: Storage, listener: socket.socket) -> Iterator[None]:
    config = uvicorn.Config(
        storage.app(),
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), name="storage", daemon=True)
    thread.start()
    try:
        yield  # the listener takes connections already; they are answered as soon as the thread is there
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def _bound(host: str, port: int, option: str) -> Iterator[socket.socket]:
    """A listening socket."""
    # Named as TCP, or asyncio leaves Nagle on, and every answer takes 40 ms.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen(128)
        except OSError as error:
            raise RedrawError(
                f"port {port} cannot be used ({error.strerror}): choose another with {option}, or stop what uses it"
            ) from None
        yield listener


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Keeps a second emulator out of the folder; a kill gives it free."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise RedrawError(
                f"{folder} is in use by another emulator: stop that one, or choose another --data-dir"
            ) from None
        yield
