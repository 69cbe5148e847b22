"""A TCP proxy before a server, which can be down, hang, be slow, flap, or cut answers off."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum


class Fault(StrEnum):
    """What the proxy does to connections."""

    NONE = "none"
    DOWN = "down"
    """Refuses connections, and has closed those that were open."""
    HANG = "hang"
    """Takes connections and bytes, and passes nothing on until the fault ends."""
    SLOW = "slow"
    """Passes everything on, each piece of it late."""
    FLAP = "flap"
    """Closes every second connection at once, and each of the others after one answer."""
    RESET = "reset"
    """Passes a request on, and cuts the connection off in the middle of the answer."""


class Proxy:
    """Listens on a port of its own and connects to a server.

    Args:
        target: the port of the server, on this machine.
        delay: how late each piece comes in the fault SLOW, in seconds.
    """

    def __init__(self, target: int, delay: float = 0.02) -> None:
        self._target = target
        self.delay = delay
        self._lock = threading.Lock()
        self._passing = threading.Event()
        self._ended = threading.Event()
        self._open: set[socket.socket] = set()
        self._taken = 0
        self._listener = self._listen(0)
        self.port: int = self._listener.getsockname()[1]
        self.fault = Fault.NONE
        self._passing.set()
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def set(self, fault: Fault) -> None:
        """Begin a fault, or end it: from now on the connections that are open are treated so too.

        A fault that ends drops no connection, so what hung goes on, as after a pause of the server.
        """
        before, self.fault = self.fault, fault
        if fault is Fault.HANG:
            self._passing.clear()
        if fault is Fault.DOWN:
            with suppress(OSError):
                # A thread that waits in accept() would keep the port open after close().
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
        if fault in {Fault.DOWN, Fault.FLAP}:
            self._cut_all()
        if before is Fault.DOWN and fault is not Fault.DOWN:
            self._listener = self._listen(self.port)
            threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()
        if fault is not Fault.HANG:
            self._passing.set()

    def close(self) -> None:
        """Cut every connection and stop listening."""
        self._ended.set()
        self.set(Fault.DOWN)

    def _listen(self, port: int) -> socket.socket:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
        return listener

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            self._taken += 1
            if self.fault is Fault.DOWN or (self.fault is Fault.FLAP and self._taken % 2):
                cut(client)
                continue
            threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        self._passing.wait()
        try:
            server = socket.create_connection(("127.0.0.1", self._target), 60)
        except OSError:
            cut(client)
            return
        for end in (client, server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            end.settimeout(None)
        with self._lock:
            self._open |= {client, server}
        for source, sink, is_answer in ((client, server, False), (server, client, True)):
            threading.Thread(
                target=self._pass_on, args=(source, sink, is_answer), daemon=True
            ).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket, is_answer: bool) -> None:
        try:
            while data := source.recv(65_536):
                self._passing.wait()
                if self.fault is Fault.SLOW:
                    self._ended.wait(self.delay)
                if self.fault is Fault.RESET and is_answer:
                    sink.sendall(data[: len(data) // 2])
                    break
                sink.sendall(data)
                if self.fault is Fault.FLAP and is_answer:
                    break
        except OSError:
            pass
        self._cut(source, sink)

    def _cut_all(self) -> None:
        with self._lock:
            found = list(self._open)
        self._cut(*found)

    def _cut(self, *ends: socket.socket) -> None:
        with self._lock:
            self._open -= {*ends}
        for end in ends:
            cut(end)


def cut(connection: socket.socket) -> None:
    """Close a connection so that the other side gets a reset, not an orderly end."""
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with suppress(OSError):
        # Wakes a thread that waits in recv(); close() alone would not, nor send anything.
        connection.shutdown(socket.SHUT_RD)
    connection.close()


@contextmanager
def proxying(target: int, delay: float = 0.02) -> Iterator[Proxy]:
    """Run a proxy until the block ends."""
    proxy = Proxy(target, delay)
    try:
        yield proxy
    finally:
        proxy.close()
