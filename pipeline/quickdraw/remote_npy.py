"""One raw .npy file behind HTTP: what its header says, and any stretch of its bytes. Every bad answer is an error of ours."""

import functools
import io
import re
import ssl
import time
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from tokenize import TokenError
from typing import NamedTuple

import httpx
import numpy as np

from pipeline.drawings import SIDE
from pipeline.errors import InvalidRawDrawings, InvalidSettings, Unavailable

ROW = SIDE * SIDE  # bytes
HEADER_BYTES = 4096  # no header of such a file is longer
MAGIC = b"\x93NUMPY"
BUSY = {httpx.codes.REQUEST_TIMEOUT, httpx.codes.TOO_EARLY, httpx.codes.TOO_MANY_REQUESTS}
HEADER_READERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


class Patience(NamedTuple):
    """How long a source may keep us waiting, in seconds, and how often it is asked again."""

    connect: float = 10.0
    silence: float = 20.0
    slow: float = 30.0
    slow_bytes: int = 30 * 1024
    """Fewer bytes than these within `slow` seconds are as good as none."""
    attempts: int = 4
    """In a row without a byte gained."""
    pause: float = 1.0
    """Before the second attempt; twice as long before each further one."""


class RemoteNpy(NamedTuple):
    """What the source says of a file. `etag`: only a strong one, which names the very bytes. `header`: bytes before row 0."""

    url: str
    etag: str | None
    header: int
    rows: int


def new_client(patience: Patience) -> httpx.AsyncClient:
    """A client that follows redirects and gives up on a silent server. Raises InvalidSettings for an unusable proxy."""
    wait = httpx.Timeout(patience.silence, connect=patience.connect)
    try:
        return httpx.AsyncClient(timeout=wait, follow_redirects=True, verify=_certificates())
    except (ImportError, ValueError, httpx.InvalidURL) as fault:
        raise InvalidSettings(
            f"the proxy that HTTPS_PROXY or ALL_PROXY names cannot be used: {fault}"
        ) from None


@functools.cache
def _certificates() -> ssl.SSLContext:
    return httpx.create_ssl_context()  # takes longer than a small download


async def ask(client: httpx.AsyncClient, url: str) -> RemoteNpy:
    """What the header of the file says; of the rows nothing is read.

    Raises:
        InvalidRawDrawings: it is not there, or no uint8 `(N, 784)`, or shorter or longer than its header says.
        Unavailable: no answer, or one that may be better in a while.
    """
    head = b""
    async with answered(client, url, 0, HEADER_BYTES) as answer:
        async for piece in answer.aiter_raw():
            head += piece
            if len(head) >= HEADER_BYTES:
                break
    header, rows = _read_header(head, url, answer.headers.get("Content-Type", "something else"))
    length, promised = total_length(answer), header + rows * ROW
    if length is not None and length != promised:
        raise InvalidRawDrawings(
            f"{url} has {length:,} bytes, and its header says {promised:,}: fetch from another --from"
        )
    return RemoteNpy(url, strong_etag(answer), header, rows)


@asynccontextmanager
async def answered(
    client: httpx.AsyncClient, url: str, start: int, stop: int, etag: str | None = None
) -> AsyncIterator[httpx.Response]:
    """The answer to a request for bytes `start` to `stop`: 206 with those, or 200 with the whole file. Its body is unread.

    With `etag` the answer is 200 when the file is another by now. Raises as `ask`, also for what happens in the block.
    """
    headers = {"Range": f"bytes={start}-{stop - 1}", "Accept-Encoding": "identity"}
    if etag is not None:
        headers["If-Range"] = etag
    try:
        async with client.stream("GET", url, headers=headers) as answer:
            _refuse_bad(answer, url, start)
            yield answer
    except (
        httpx.InvalidURL,
        httpx.UnsupportedProtocol,
        httpx.TooManyRedirects,
        httpx.DecodingError,
    ) as fault:
        raise InvalidRawDrawings(
            f"{url} cannot be fetched ({fault}): see that --from is right"
        ) from None
    except httpx.TimeoutException as fault:
        told = (
            "does not answer" if isinstance(fault, httpx.ConnectTimeout) else "sends nothing more"
        )
        raise Unavailable(f"{url} {told}: {LATER}") from None
    except httpx.TransportError as fault:
        raise Unavailable(
            f"{url} cannot be reached ({fault or type(fault).__name__}): {LATER}"
        ) from None


LATER = "see that this machine is online and run again; what was fetched is kept"


def strong_etag(answer: httpx.Response) -> str | None:
    """The ETag, if it is one that two different files never share."""
    etag = answer.headers.get("ETag", "")
    return etag if etag.startswith('"') else None


def total_length(answer: httpx.Response) -> int | None:
    """Bytes of the whole file, where the answer tells."""
    told = answer.headers.get("Content-Length", "")
    if answer.status_code == httpx.codes.PARTIAL_CONTENT:
        told = answer.headers["Content-Range"].rpartition("/")[2]
    return int(told) if told.isdecimal() else None


def _refuse_bad(answer: httpx.Response, url: str, start: int) -> None:
    code = answer.status_code
    if code in BUSY or code >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise Unavailable(
            f"{url} answers {code}: its server has trouble, run again later; what was fetched is kept"
        )
    if code in {
        httpx.codes.UNAUTHORIZED,
        httpx.codes.FORBIDDEN,
        httpx.codes.NOT_FOUND,
        httpx.codes.GONE,
    }:
        raise InvalidRawDrawings(
            f"{url} is not there, or not public ({code}): see that --from names the folder of the files"
        )
    if code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
        raise InvalidRawDrawings(
            f"{url} is shorter than {start + 1} bytes ({code}): fetch from another --from"
        )
    if code not in {httpx.codes.OK, httpx.codes.PARTIAL_CONTENT}:
        raise InvalidRawDrawings(
            f"{url} answers {code} and not with a file: see that --from is right"
        )
    if answer.headers.get("Content-Encoding", "identity") != "identity":
        raise InvalidRawDrawings(
            f"{url} comes compressed, though it was asked for as it is: fetch from another --from"
        )
    if code == httpx.codes.PARTIAL_CONTENT:
        ranged = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", answer.headers.get("Content-Range", ""))
        if ranged is None or int(ranged[1]) != start:
            raise InvalidRawDrawings(
                f"{url}: the server sends other bytes than it was asked for: fetch from another --from"
            )


def _read_header(head: bytes, url: str, kind: str) -> tuple[int, int]:
    """Bytes of the header, and the rows it promises."""
    if not head.startswith(MAGIC):
        raise InvalidRawDrawings(
            f"{url} is no .npy file but {kind}: open it in a browser, a login page or a wrong --from may be the reason"
        )
    stream = io.BytesIO(head)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # about headers that Python 2 wrote; ours is written anew
            shape, by_column, dtype = HEADER_READERS[np.lib.format.read_magic(stream)](stream)
    except (KeyError, ValueError, EOFError, OverflowError, TokenError) as fault:
        raise InvalidRawDrawings(
            f"{url} has a header that cannot be read ({fault}): fetch from another --from"
        ) from None
    if dtype != np.uint8 or len(shape) != 2 or shape[0] < 1 or shape[1] != ROW or by_column:  # noqa: PLR2004
        raise InvalidRawDrawings(
            f"{url} is {dtype} {shape}, not uint8 (N, {ROW}): see that --from is right"
        )
    return stream.tell(), shape[0]


class Pace:
    """Notices a server that sends, but so little that it would never end."""

    def __init__(self, url: str, patience: Patience) -> None:
        self._url, self._patience = url, patience
        self._since, self._bytes = time.monotonic(), 0

    def got(self, size: int) -> None:
        """Counts bytes that came. Raises Unavailable when there were too few of late."""
        self._bytes += size
        now = time.monotonic()
        if now - self._since >= self._patience.slow:
            if self._bytes < self._patience.slow_bytes:
                raise Unavailable(
                    f"{self._url} sent {self._bytes:,} bytes in {now - self._since:.0f} s: {LATER}"
                )
            self._since, self._bytes = now, 0
