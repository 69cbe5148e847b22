"""Start and stop the Firestore server and the Storage server."""

import fcntl
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import uvicorn
from starlette.routing import Route
from starlette.types import ASGIApp

from emulator.bill import Bill
from emulator.browser import Commits
from emulator.database import Database
from emulator.firestore import Firestore, build_server
from emulator.indexes import INDEXES, Indexes
from emulator.objects import Objects
from emulator.storage import Storage
from pipeline.errors import RedrawError
from pipeline.files import create_folder

_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Emulators:
    """The two running servers."""

    firestore_host: str
    """host:port, the format of FIRESTORE_EMULATOR_HOST."""
    storage_host: str
    """http://host:port, the format of STORAGE_EMULATOR_HOST."""
    reset: Callable[[], None] = field(repr=False)
    """Deletes all documents and objects."""
    bill: Bill = field(default_factory=Bill, repr=False)
    """What was read and written so far."""

    def environment(self) -> dict[str, str]:
        """Return the environment variables that lead Google's clients to the emulators."""
        return {
            "FIRESTORE_EMULATOR_HOST": self.firestore_host,
            "STORAGE_EMULATOR_HOST": self.storage_host,
        }


@contextmanager
def run_emulators(
    data_dir: Path | None = None,
    firestore_port: int = 0,
    storage_port: int = 0,
    *,
    indexes: Path = INDEXES,
    host: str = _LOOPBACK,
    firestore_host: str | None = None,
) -> Iterator[Emulators]:
    """Run both servers in threads of this process until the block ends.

    Args:
        data_dir: where documents and objects are kept; None: in a temporary folder.
        firestore_port: the port of Firestore; 0 picks a free one.
        storage_port: the port of Storage; 0 picks a free one.
        indexes: the file of the deployed composite indexes.
        host: the address to listen on.
        firestore_host: host:port of another Firestore; then only Storage is run.

    Yields:
        The running servers.

    Raises:
        RedrawError: when a port or the folder is in use.
    """
    with ExitStack() as stack:
        folder = data_dir or Path(
            stack.enter_context(TemporaryDirectory(prefix="redraw-emulators-"))
        )
        stack.enter_context(_lock_folder(folder))
        objects = Objects(folder, durable=data_dir is not None)
        stack.callback(objects.close)
        clear_functions = [objects.clear]
        bill = Bill()
        over_http: list[Route] = []
        if firestore_host is None:
            database = Database(
                folder / "firestore.sqlite", durable=data_dir is not None, indexes=Indexes(indexes)
            )
            stack.callback(database.close)
            clear_functions.append(database.clear)
            firestore_host = stack.enter_context(
                _run_firestore(database, bill, host, firestore_port)
            )
            over_http = Commits(Firestore(database, bill)).routes()

        def reset() -> None:
            for clear in clear_functions:
                clear()

        listener = stack.enter_context(_bind(host, storage_port, "--storage-port"))
        stack.enter_context(_run_storage(Storage(objects, reset, bill).app(over_http), listener))
        yield Emulators(firestore_host, f"http://{host}:{listener.getsockname()[1]}", reset, bill)


def serve(
    data_dir: Path | None,
    firestore_port: int,
    storage_port: int,
    announce: Callable[[Emulators], None],
    *,
    indexes: Path = INDEXES,
    host: str = _LOOPBACK,
    firestore_host: str | None = None,
) -> None:
    """Run the emulators until SIGTERM or SIGINT; the arguments are those of `run_emulators`.

    `announce` is called when both servers answer.
    """
    # A signal may come while the function for the one before runs: Linux sends one for each thread
    # when the parent dies. Event.set would then wait for its own lock; a pipe has none.
    stopped, stop = os.pipe()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os.write(stop, b"."))
    with run_emulators(
        data_dir,
        firestore_port,
        storage_port,
        indexes=indexes,
        host=host,
        firestore_host=firestore_host,
    ) as emulators:
        announce(emulators)
        os.read(stopped, 1)


@contextmanager
def _run_firestore(database: Database, bill: Bill, host: str, port: int) -> Iterator[str]:
    """Run a Firestore server until the block ends; yield its host:port."""
    # gRPC binds the port itself. It is bound here first to pick a free port, and to report a used
    # one with the same message as for Storage.
    with _bind(host, port, "--firestore-port") as probe:
        port = probe.getsockname()[1]
    server = build_server(database, bill)
    server.add_insecure_port(f"{host}:{port}")
    server.start()
    try:
        yield f"{host}:{port}"
    finally:
        server.stop(grace=0.2).wait()


@contextmanager
def _run_storage(app: ASGIApp, listener: socket.socket) -> Iterator[None]:
    """Run a Storage server on a listening socket until the block ends."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), name="storage", daemon=True)
    thread.start()
    try:
        # The socket accepts connections already; they are answered as soon as the thread is ready.
        yield
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def _bind(host: str, port: int, option: str) -> Iterator[socket.socket]:
    """Yield a listening socket. `option` is the command's option for the port, for the message."""
    # The protocol is given because asyncio switches off Nagle's algorithm only for a socket that is
    # marked as TCP. With it every answer takes 40 ms.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen(128)
        except OSError as error:
            raise RedrawError(
                f"port {port} cannot be used ({error.strerror}): "
                f"choose another with {option}, or stop what uses it"
            ) from None
        yield listener


@contextmanager
def _lock_folder(folder: Path) -> Iterator[None]:
    """Keep other emulators out of the folder until the block ends or the process is killed."""
    create_folder(folder)
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise RedrawError(
                f"{folder} is in use by another emulator: "
                "stop that one, or choose another --data-dir"
            ) from None
        yield
