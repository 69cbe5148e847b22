"""Turn canvases into drawings without keeping the event loop waiting.

A canvas takes two milliseconds of NumPy and Pillow, in many small steps. In a thread of the web
process they compete with it for the interpreter, and both get slower (docs/decisions/0027). So
processes of their own do it, and the web process has a core for HTTP and for guessing.
"""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor

from pipeline.drawings import Images
from pipeline.errors import Unavailable
from pipeline.records.corrections import Canvas
from service.canvases.drawing import draw
from service.canvases.link import Link, ProcessGone
from service.canvases.messages import pack_canvas, read_drawing

MOST_WAITING = 1_000
"""Canvases, of one canvas process: two seconds of work. More are refused."""
ATTEMPTS = 2
"""Of a canvas whose process has ended: others in the same process may be the cause."""

log = logging.getLogger(__name__)


class Canvases:
    """The canvas processes of a web process. Use it in one event loop, and close it there.

    Args:
        processes: how many; 0: canvases are drawn in a thread of this process.
        max_bytes: the largest size of a canvas file.
    """

    def __init__(self, processes: int, max_bytes: int) -> None:
        self._count, self._max_bytes = processes, max_bytes
        self._links: list[Link] = []
        self._starting: asyncio.Task[Link] | None = None
        self._thread = ThreadPoolExecutor(1, "canvases")
        self._waiting = 0

    @property
    def process_ids(self) -> list[int]:
        """The numbers of the processes that are there."""
        return [link.process_id for link in self._links if not link.gone]

    async def draw(self, canvas: Canvas) -> Images:
        """Return what a canvas shows: uint8 `(28, 28)`.

        Raises:
            InvalidDrawing: it cannot be used; with the reason for which a correction is refused.
            Unavailable: too many wait already, or it ended two processes.
        """
        if self._waiting >= MOST_WAITING * max(1, self._count):
            raise Unavailable("too many canvases wait to be drawn")
        self._waiting += 1
        try:
            link = await self._find_ready() if self._count else None
            if link is None or not link.ready.is_set():  # a process takes a second to start
                loop = asyncio.get_running_loop()
                return await loop.run_in_executor(self._thread, draw, canvas, self._max_bytes)
            return read_drawing(*await self._ask(link, pack_canvas(canvas)))
        finally:
            self._waiting -= 1

    async def start(self) -> None:
        """Start the processes now, so that the first canvases need not wait for it."""
        for _ in range(self._count):
            await (await self._find_link()).ready.wait()

    def close(self) -> None:
        """End the processes; canvases that are being drawn are lost."""
        for link in self._links:
            link.close()
        self._links.clear()
        self._thread.shutdown(wait=False)

    async def _ask(self, link: Link, question: bytes) -> tuple[int, bytes]:
        for _ in range(ATTEMPTS):
            try:
                return await link.ask(question)
            except ProcessGone:
                link = await self._find_link()
        raise Unavailable("a canvas was given up, as two processes have ended while they drew it")

    async def _find_ready(self) -> Link | None:
        try:
            return await self._find_link()
        except OSError as error:
            log.warning("no canvas process can be started, a thread draws: %s", error)
            return None

    async def _find_link(self) -> Link:
        """Return the process that has the least to do; start one while there are too few."""
        self._links = [link for link in self._links if not link.gone]
        if len(self._links) < self._count:
            if self._starting is None:
                self._starting = asyncio.create_task(Link.start(self._max_bytes))
                self._starting.add_done_callback(self._note_start)
            await asyncio.shield(self._starting)
        return min(self._links, key=lambda link: (not link.ready.is_set(), link.waiting))

    def _note_start(self, task: "asyncio.Task[Link]") -> None:
        self._starting = None
        if not task.cancelled() and task.exception() is None:
            self._links.append(task.result())
