"""Raw `.npy` files on an HTTP server: reading a file's header, and a range of its bytes."""

import functools
import io
import time
import warnings
from collections.abc import Callable
from tokenize import TokenError
from typing import NamedTuple

import httpx
import numpy as np
from numpy.lib import format as npy
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from pipeline.drawings import SIDE
from pipeline.errors import InvalidRawDrawings, InvalidSettings, Unavailable

ROW = SIDE * SIDE  # bytes of one drawing
HEADER_REQUEST = 4096  # bytes: more than the header of such a file needs
HEADER_READERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
BUSY = {408, 425, 429}  # statuses below 500 that may pass: timeout, too early, too many requests
CHECK = "see that --from is right"
LATER = "see that this machine is online and run again later; what was fetched is kept"

create_ssl_context = functools.cache(httpx.create_ssl_context)  # slow: it reads all certificates
Writer = Callable[[bytes], object]


class Limits(NamedTuple):
    """How long to wait for a source, in seconds, and how often to try again."""

    connect: float = 10.0
    silence: float = 20.0
    slow: float = 30.0  # in which at least `slow_bytes` must arrive
    slow_bytes: int = 30 * 1024
    attempts: int = 4  # in a row without a byte gained
    pause: float = 1.0  # before the second attempt; doubled before each further one


class RemoteNpy(NamedTuple):
    """A file at the source. `etag`: a strong one or None. `header`: bytes before the first row."""

    url: str
    etag: str | None
    header: int
    rows: int

    def matches(self, response: httpx.Response) -> bool:
        """Say whether a response is of this file, by its strong ETag and the length it gives."""
        length = response.headers.get("Content-Range", response.headers.get("Content-Length", ""))
        length = length.rpartition("/")[2]  # "bytes 0-99/1234": the whole file is 1234 bytes long
        same = not length.isdecimal() or int(length) == self.header + self.rows * ROW
        return same and _strong_etag(response) == self.etag


class NpyClient(httpx.AsyncClient):
    """An HTTP client for `.npy` files. Raises InvalidSettings for an unusable proxy.

    Its methods raise InvalidRawDrawings where the source is wrong, and Unavailable where it does
    not answer or may give a better answer later. `retrying` calls again after Unavailable.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.retrying = AsyncRetrying(
            retry=retry_if_exception_type(Unavailable),
            stop=stop_after_attempt(limits.attempts),
            wait=wait_exponential(multiplier=limits.pause),
            reraise=True,
        )
        wait = httpx.Timeout(limits.silence, connect=limits.connect)
        try:
            super().__init__(timeout=wait, follow_redirects=True, verify=create_ssl_context())
        except (ImportError, ValueError, httpx.InvalidURL) as error:
            raise InvalidSettings(f"HTTPS_PROXY or ALL_PROXY cannot be used: {error}") from None

    async def read_header(self, url: str) -> RemoteNpy:
        """Read a file's header, and check that it is uint8 `(N, 784)` and as long as it says."""
        head = bytearray()
        response = await self.read_range(url, 0, HEADER_REQUEST, head.extend)
        if not head.startswith(npy.MAGIC_PREFIX):
            kind = response.headers.get("Content-Type", "something else")
            raise InvalidRawDrawings(f"{url} is no .npy file but {kind}: {CHECK}")
        stream = io.BytesIO(head)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # NumPy warns of headers that Python 2 wrote
                shape, by_column, dtype = HEADER_READERS[npy.read_magic(stream)](stream)
        except (KeyError, ValueError, EOFError, OverflowError, TokenError) as error:
            raise InvalidRawDrawings(f"{url} has a wrong header ({error}): {CHECK}") from None
        if dtype != np.uint8 or shape[1:] != (ROW,) or shape[0] < 1 or by_column:
            raise InvalidRawDrawings(f"{url} is {dtype} {shape}, not uint8 (N, {ROW}): {CHECK}")
        remote = RemoteNpy(url, _strong_etag(response), stream.tell(), shape[0])
        if not remote.matches(response):
            raise InvalidRawDrawings(f"{url} is not as long as its header says: {CHECK}")
        return remote

    async def read_range(
        self, url: str, start: int, stop: int, write: Writer, known: RemoteNpy | None = None
    ) -> httpx.Response:
        """Pass bytes `start` to `stop` (exclusive) of a file to `write` as they arrive.

        With `known` it raises Unavailable if the body ends early, or if the source has another
        file by now: of that one nothing is passed.
        """
        headers = {"Range": f"bytes={start}-{stop - 1}", "Accept-Encoding": "identity"}
        if known and known.etag and start > known.header:
            headers["If-Range"] = known.etag  # a server with another file then sends all of it
        try:
            async with self.stream("GET", url, headers=headers) as response:
                _check_status(response, url, start)
                if known and not known.matches(response):
                    raise Unavailable(f"{url} was replaced during the download: run again")
                # A server without ranges sends the whole file: what is before `start` is skipped.
                skip = start if response.status_code == httpx.codes.OK else 0
                lacking = await self._copy(response, skip, stop - start, write)
                if known and lacking:
                    raise Unavailable(f"{url} ended {lacking:,} bytes too early: {LATER}")
                return response
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.TooManyRedirects) as error:
            raise InvalidRawDrawings(f"{url} cannot be fetched ({error}): {CHECK}") from None
        except httpx.TimeoutException:
            raise Unavailable(f"{url} does not answer, or sends nothing more: {LATER}") from None
        except httpx.RequestError as error:
            reason = str(error) or type(error).__name__
            raise Unavailable(f"{url} cannot be reached ({reason}): {LATER}") from None

    async def _copy(self, response: httpx.Response, skip: int, count: int, write: Writer) -> int:
        """Pass `count` bytes of a body after its first `skip`; return how many did not come."""
        since, received = time.monotonic(), 0
        async for chunk in response.aiter_raw():
            useful = chunk[skip : skip + count]
            write(useful)
            skip, count = max(0, skip - len(chunk)), count - len(useful)
            if count == 0:
                break
            received, seconds = received + len(chunk), time.monotonic() - since
            if seconds >= self._limits.slow:
                if received < self._limits.slow_bytes:
                    speed = f"{received:,} bytes in {seconds:.0f} s"
                    raise Unavailable(f"{response.url} sent {speed}: {LATER}")
                since, received = time.monotonic(), 0
        return count


def _strong_etag(response: httpx.Response) -> str | None:
    """Return the ETag if it is strong: two different files never share a strong one."""
    etag: str = response.headers.get("ETag", "")
    return etag if etag.startswith('"') else None


def _check_status(response: httpx.Response, url: str, start: int) -> None:
    code, headers = response.status_code, response.headers
    if code in BUSY or response.is_server_error:
        raise Unavailable(f"{url} answers {code}: {LATER}")
    as_requested = headers.get("Content-Range", "").startswith(f"bytes {start}-")
    if code not in {200, 206}:
        problem = f"is not there, not public, or shorter than expected (the server answers {code})"
    elif headers.get("Content-Encoding", "identity") != "identity":
        problem = "is sent compressed, though it was requested as it is"
    elif code == httpx.codes.PARTIAL_CONTENT and not as_requested:
        problem = "is sent with other bytes than requested"
    else:
        return
    raise InvalidRawDrawings(f"{url} {problem}: {CHECK}")
