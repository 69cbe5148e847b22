"""The service on a real socket, in a thread of the test's process."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from service.http.connections import Limits
from service.server import make_server

LIMITS = Limits()


@contextmanager
def serving(app: Any, limits: Limits = LIMITS, proxies: str = "") -> Iterator[int]:
    """Serve `app` until the block ends, and yield the port."""
    server = make_server(app, limits, proxies=proxies)
    server.config.timeout_graceful_shutdown = 0
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(512)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join()


def receive_all(connection: socket.socket) -> bytes:
    """Return what a connection receives until the server closes it."""
    connection.settimeout(60)
    parts = []
    try:
        while part := connection.recv(65_536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)
