"""A receiver of notifications: a real HTTP server that answers as a test says."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple


class Received(NamedTuple):
    """One request."""

    path: str
    headers: Message
    body: bytes


class Receiver(ThreadingHTTPServer):
    """Answers with the codes of `answers`, one after the other, and then with 204.

    Other answers: "hang" sends nothing, "drip" a byte of headers at a time, "close" closes the
    connection, "large" a body without end.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: list[int | str] = []
        self.headers: dict[str, str] = {}
        self.received: list[Received] = []
        self.stopped = threading.Event()

    def handle_error(self, *_: object) -> None:
        """Say nothing: clients that go away are what tests are about."""

    @property
    def url(self) -> str:
        """Where it listens; the path is a secret, as in addresses of chat services."""
        return f"http://127.0.0.1:{self.server_address[1]}/hook/s3cret-path?token=t0ken"

    @property
    def ids(self) -> list[str]:
        """The ids of all messages, in order."""
        return [each.headers["webhook-id"] for each in self.received]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Serve until the block ends."""
    with Receiver() as receiver:
        threading.Thread(target=receiver.serve_forever, args=(0.01,), daemon=True).start()
        yield receiver
        receiver.stopped.set()
        receiver.shutdown()


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append(Received(self.path, self.headers, body))
        answer = self.server.answers.pop(0) if self.server.answers else 204
        if answer == "hang":
            self.server.stopped.wait(60)
        elif answer == "drip":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
            while not self.server.stopped.wait(0.02):
                self.wfile.write(b"x")
        elif isinstance(answer, int):
            self.send_response(answer)
            for name, value in self.server.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif answer == "large":
            self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            while not self.server.stopped.is_set():
                self.wfile.write(b"x" * 65_536)

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except OSError:  # the client has gone
            self.close_connection = True

    def log_message(self, *_: object) -> None: ...
