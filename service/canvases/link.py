"""The connection to one canvas process, from its start to its end."""

import asyncio
import logging
import os
import socket
import subprocess
import sys
from collections import deque

from service.backends.single_flight import run_in_thread
from service.canvases.messages import READY, split_messages

PATIENCE_SECONDS = 10.0
"""A canvas process that needs longer for one canvas is ended; the largest take half a second."""
# Each canvas needs memory of some 100 kB several times. By default glibc gives it back to the
# system after each use, and fetching it again took a quarter of the time of a canvas.
MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(8 << 20), "MALLOC_TRIM_THRESHOLD_": str(64 << 20)}
NO_BLAS = {"OPENBLAS_NUM_THREADS": "1"}  # nothing here computes by BLAS: no threads, no buffers

Answer = tuple[int, bytes]

log = logging.getLogger(__name__)


class ProcessGone(Exception):
    """The canvas process has ended before it answered."""


class Link(asyncio.Protocol):
    """A canvas process and the questions that it has not answered yet."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._buffer = bytearray()
        self._waiting: deque[asyncio.Future[Answer]] = deque()
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.ready = asyncio.Event()
        self.gone = self._closing = False

    @classmethod
    async def start(cls, max_bytes: int) -> "Link":
        """Start a canvas process; it may still be loading its modules."""
        ours, theirs = socket.socketpair()
        with theirs:
            process = subprocess.Popen(  # noqa: ASYNC220 - it returns as soon as the process begins
                [sys.executable, "-m", "service.canvases.process", str(max_bytes)],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                env={**MEMORY, **os.environ, **NO_BLAS},
            )
        ours.setblocking(False)
        loop = asyncio.get_running_loop()
        _, link = await loop.create_connection(lambda: cls(process), sock=ours)
        return link

    @property
    def waiting(self) -> int:
        """How many questions are not answered yet."""
        return len(self._waiting)

    @property
    def process_id(self) -> int:
        """The number of the process."""
        return self._process.pid

    async def ask(self, question: bytes) -> Answer:
        """Return the answer to a question.

        Raises:
            ProcessGone: the process has ended, or was ended as it took too long.
        """
        if self.gone or self._transport is None:
            raise ProcessGone
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append(answer)
        if self._timer is None:
            self._watch()
        self._transport.write(question)
        return await answer

    def close(self) -> None:
        """Let the process end; what it has not answered is lost."""
        self._closing = True
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport: part of asyncio's protocol."""
        self._transport = transport  # type: ignore[assignment] # of a socket: it can be written to

    def data_received(self, data: bytes) -> None:
        """Hand out the answers that have arrived, in the order of the questions."""
        self._buffer += data
        for answer in split_messages(self._buffer):
            if answer[0] == READY:
                self.ready.set()
                continue
            future = self._waiting.popleft()
            if not future.done():  # the one who asked may have gone away
                future.set_result(answer)
            self._watch()

    def connection_lost(self, _exc: Exception | None) -> None:
        """Tell all who wait that the process is gone."""
        if not self._closing:
            log.warning("the canvas process %s has ended; another takes its place", self.process_id)
        self.gone = True
        self.ready.set()  # who waits for it finds that it is gone
        if self._timer is not None:
            self._timer.cancel()
        for future in self._waiting:
            if not future.done():
                future.set_exception(ProcessGone())
        self._waiting.clear()
        self._process.kill()
        run_in_thread(self._process.wait)  # else it stays in the system's table

    def _give_up(self) -> None:
        log.error("the canvas process %s takes too long for a canvas", self.process_id)
        if self._transport is not None:
            self._transport.abort()

    def _watch(self) -> None:
        """Begin the time of the question that is answered now."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._waiting:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(PATIENCE_SECONDS, self._give_up)
