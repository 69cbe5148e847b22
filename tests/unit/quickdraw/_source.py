"""A source of raw drawings for tests: a real HTTP server on this machine, with and without ranges, that can misbehave."""

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
NAMES = ("apple", "moon", "smiley_face")  # classes enough for most tests
THERE = 60  # rows at the source
HURRIED = Limits(connect=5, silence=5, slow=5, attempts=3, pause=0.01)

Misbehaviour = Callable[["Asked"], bool]
"""Answers instead of the server when it returns True."""


def npy(array: np.ndarray, version: tuple[int, int] | None = None) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, version)
    return buffer.getvalue()


def rows_of(name: str, count: int) -> np.ndarray:
    """uint8 (count, 784), different for each class."""
    return np.random.default_rng(sum(name.encode())).integers(0, 256, (count, 784), np.uint8)


@dataclass
class Source:
    """What the server serves, how, and what it was asked."""

    files: dict[str, bytes]
    url: str = ""
    ranges: bool = True
    guards_ranges: bool = True
    etag: str | None = '"one"'
    length: bool = True
    misbehave: Misbehaviour = lambda asked: False
    asked: list["Asked"] = field(default_factory=list)
    lock: Any = field(default_factory=threading.Lock)
    busy: int = 0
    busiest: int = 0

    def of(self, name: str) -> list["Asked"]:
        """The requests for a file, in order."""
        return [each for each in self.asked if each.name == name]


@dataclass
class Asked:
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
        """Whether it wants more than a header."""
        wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", self.handler.headers["Range"])
        assert wanted
        return int(wanted[2]) != 4095

    def head(self, code: int, **headers: object) -> None:
        self.handler.send_response(code)
        for key, value in headers.items():
            self.handler.send_header(key.replace("_", "-"), str(value))
        self.handler.end_headers()

    def body(self, data: bytes) -> None:
        for at in range(0, len(data), PIECE):
            self.handler.wfile.write(data[at : at + PIECE])
            self.sent += len(data[at : at + PIECE])

    def plainly(self, code: int, data: bytes = b"", **headers: object) -> bool:
        """Answers with these bytes and their length."""
        self.head(code, Content_Length=len(data), **headers)
        self.body(data)
        return True

    def as_it_should(self, most: int | None = None) -> None:
        """The right answer, or only `most` bytes of its body before the connection is cut."""
        data, headers = self.data, {"ETag": self.source.etag} if self.source.etag else {}
        wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", self.handler.headers.get("Range", ""))
        current = self.if_range in {None, self.source.etag} or not self.source.guards_ranges
        code = 200
        if wanted and self.source.ranges and current:
            start, stop = int(wanted[1]), min(int(wanted[2]) + 1, len(data))
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
    """A server of `/folder/<name>.npy` for each of `files`, until the block ends."""
    source = Source(files)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            name = unquote(self.path).removeprefix("/folder/").removesuffix(".npy")
            with source.lock:
                started = re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))
                asked = Asked(
                    source,
                    self,
                    name,
                    len(source.of(name)),
                    int(started[1]) if started else None,
                    self.headers["If-Range"],
                )
                source.asked.append(asked)
                source.busy += 1
                source.busiest = max(source.busiest, source.busy)
            try:
                if source.misbehave(asked):
                    return
                if name in source.files:
                    asked.as_it_should()
                else:
                    asked.plainly(404, b"<Error>NoSuchKey</Error>", Content_Type="application/xml")
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True
            finally:
                with source.lock:
                    source.busy -= 1

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A client that hangs up is nothing to tell."""

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


def folder_is_right(folder: Path, rows: int = 20, there: int = THERE) -> None:
    """Each file is, byte for byte, what np.save writes of the first rows; nothing else is left but the record."""
    for name in NAMES:
        assert (folder / f"{name}.npy").read_bytes() == npy(
            rows_of(name.replace("_", " "), there)[:rows]
        )
    assert {path.name for path in folder.iterdir()} == {f"{name}.npy" for name in NAMES} | {
        "downloaded.json"
    }


def cut(asked: Asked, after: int) -> bool:
    asked.as_it_should(most=after)
    return True


def only(name: str, answer: Callable[[Asked], bool]) -> Callable[[Asked], bool]:
    return lambda asked: asked.name == name and answer(asked)


def stopped_half_way(source: Source, fetch: Callable[..., Any]) -> None:
    """Leaves a part of every file: the source breaks down for good after 5,000 bytes of each."""
    source.misbehave = lambda asked: (
        asked.for_rows() and (asked.plainly(500) if asked.if_range else cut(asked, 5000))
    )
    with pytest.raises(Unavailable):
        fetch(limits=HURRIED._replace(attempts=1))
    source.misbehave = lambda asked: False
    source.asked.clear()
