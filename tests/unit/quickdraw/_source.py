"""A source of raw drawings for tests: a real HTTP server that can be made to misbehave."""

import contextlib
import io
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import pytest

from pipeline.errors import Unavailable
from pipeline.quickdraw.remote_npy import Limits

PIECE = 16 * 1024
NAMES = ("apple", "moon", "smiley_face")  # enough classes for most tests
ROWS_AT_SOURCE = 60
SHORT_LIMITS = Limits(connect=5, silence=5, slow=5, attempts=3, pause=0.01)

Misbehaviour = Callable[["Request"], bool]
"""It returns True if it has answered instead of the server."""


def npy(array: np.ndarray, version: tuple[int, int] | None = None) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, version)
    return buffer.getvalue()


def rows_of(name: str, count: int) -> np.ndarray:
    """uint8 (count, 784), different for each class."""
    return np.random.default_rng(sum(name.encode())).integers(0, 256, (count, 784), np.uint8)


@dataclass
class Source:
    """What the server serves, how, and which requests it received."""

    files: dict[str, bytes]
    url: str = ""
    ranges: bool = True
    guards_ranges: bool = True
    etag: str | None = '"one"'
    length: bool = True
    misbehave: Misbehaviour = lambda request: False
    requests: list["Request"] = field(default_factory=list)
    lock: Any = field(default_factory=threading.Lock)
    active: int = 0
    most_active: int = 0

    def requests_for(self, name: str) -> list["Request"]:
        """Return the requests for a file, in order."""
        return [request for request in self.requests if request.name == name]


@dataclass
class Request:
    """One request."""

    source: Source
    handler: BaseHTTPRequestHandler
    name: str
    nth: int
    start: int | None
    if_range: str | None
    sent: int = 0

    @property
    def data(self) -> bytes:
        return self.source.files[self.name]

    def for_rows(self) -> bool:
        """Say whether it is for more than a header."""
        requested = re.fullmatch(r"bytes=(\d+)-(\d+)", self.handler.headers["Range"])
        assert requested
        return int(requested[2]) != 4095

    def head(self, code: int, **headers: object) -> None:
        self.handler.send_response(code)
        for key, value in headers.items():
            self.handler.send_header(key.replace("_", "-"), str(value))
        self.handler.end_headers()

    def body(self, data: bytes) -> None:
        for start in range(0, len(data), PIECE):
            piece = data[start : start + PIECE]
            self.handler.wfile.write(piece)
            self.sent += len(piece)

    def reply(self, code: int, data: bytes = b"", **headers: object) -> bool:
        """Answer with these bytes and their length."""
        self.head(code, Content_Length=len(data), **headers)
        self.body(data)
        return True

    def serve(self, most: int | None = None) -> None:
        """Answer correctly, or close the connection after `most` bytes of the body."""
        data, headers = self.data, {"ETag": self.source.etag} if self.source.etag else {}
        requested = re.fullmatch(r"bytes=(\d+)-(\d+)", self.handler.headers.get("Range", ""))
        current = self.if_range in {None, self.source.etag} or not self.source.guards_ranges
        code = 200
        if requested and self.source.ranges and current:
            start, stop = int(requested[1]), min(int(requested[2]) + 1, len(data))
            code, headers["Content-Range"] = 206, f"bytes {start}-{stop - 1}/{len(data)}"
            data = data[start:stop]
        if self.source.length:
            headers["Content-Length"] = str(len(data))
        else:
            self.handler.close_connection = True
        self.head(code, **headers)
        self.body(data[:most])
        if most is not None:
            self.handler.close_connection = True


@contextlib.contextmanager
def serving(files: dict[str, bytes]) -> Iterator[Source]:
    """Serve `/folder/<name>.npy` for each of `files` while the block runs."""
    source = Source(files)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            name = unquote(self.path).removeprefix("/folder/").removesuffix(".npy")
            with source.lock:
                started = re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))
                request = Request(
                    source,
                    self,
                    name,
                    len(source.requests_for(name)),
                    int(started[1]) if started else None,
                    self.headers["If-Range"],
                )
                source.requests.append(request)
                source.active += 1
                source.most_active = max(source.most_active, source.active)
            try:
                if source.misbehave(request):
                    return
                if name in source.files:
                    request.serve()
                else:
                    request.reply(404, b"<Error>NoSuchKey</Error>", Content_Type="application/xml")
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True
            finally:
                with source.lock:
                    source.active -= 1

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """Ignore clients that close the connection."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    source.url = f"http://127.0.0.1:{server.server_port}/folder"
    try:
        yield source
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def assert_complete(folder: Path, rows: int = 20, there: int = ROWS_AT_SOURCE) -> None:
    """Assert that the folder holds the files as np.save writes them, the record, and no more."""
    for name in NAMES:
        assert (folder / f"{name}.npy").read_bytes() == npy(
            rows_of(name.replace("_", " "), there)[:rows]
        )
    assert {path.name for path in folder.iterdir()} == {f"{name}.npy" for name in NAMES} | {
        "downloaded.json"
    }


def cut_after(request: Request, after: int) -> bool:
    request.serve(most=after)
    return True


def only_for(name: str, answer: Callable[[Request], bool]) -> Callable[[Request], bool]:
    return lambda request: request.name == name and answer(request)


def leave_parts(source: Source, fetch: Callable[..., Any]) -> None:
    """Leave a part of some files: the source fails for good after 5,000 bytes of each."""
    source.misbehave = lambda request: (
        request.for_rows()
        and (request.reply(500) if request.if_range else cut_after(request, 5000))
    )
    with pytest.raises(Unavailable):
        fetch(limits=SHORT_LIMITS._replace(attempts=1))
    source.misbehave = lambda request: False
    source.requests.clear()
