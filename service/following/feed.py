"""Read a run once a second for all who listen to it."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TypeVar

from pipeline.errors import NewerDocument, NotFound, RedrawError, Unavailable, UnreadableDocument
from pipeline.ports import Ports
from pipeline.records.runs import Run
from service.backends.bounded import ANSWER_SECONDS
from service.backends.budget import allow
from service.backends.single_flight import is_done_within, run_in_thread
from service.following.events import Event, list_events

POLL_SECONDS = 1.0
"""How often the run is read, however many listen."""
LONGEST_READ_SECONDS = 30.0
"""Ports of the service answer within seconds; this only stops a wait for what never ends."""
EARLIER_RUNS = 20
"""The newest runs that are looked at for an estimate of the time left."""
EARLIER_SECONDS = 0.2
"""So long an event waits for them, the first time; without them it goes without an estimate."""

T = TypeVar("T")

log = logging.getLogger(__name__)


class Feed:
    """The events of one run. It is read while it has listeners, and until it has ended.

    It belongs to the event loop: nothing here is called from another thread. What it reads, it
    reads in threads, one at a time, so listeners hold none.

    Args:
        run_id: the run.
        ports: bounded, so that each call ends within seconds.
        feeds: those that are read, by run; this one is there as long as it is.
    """

    def __init__(self, run_id: str, ports: Ports, feeds: dict[str, "Feed"]) -> None:
        self.run_id, self._ports, self._feeds = run_id, ports, feeds
        self._earlier: Future[list[Run]] | None = None
        self._reading: asyncio.Task[None] | None = None
        self._begun = asyncio.Event()
        self.fault: RedrawError | None = None
        """Why the run cannot be read now; None: it can."""
        self.run: Run | None = None
        """As it was read last; None before."""
        self.events: list[Event] = []
        """All events so far; none before the run was first read."""
        self.ended = False
        """Whether there is nothing more to come: the run has ended, or its document is gone."""
        self.wake_ups: set[asyncio.Event] = set()
        """One for each listener: they are set when anything here changes."""

    async def begin(self) -> None:
        """Return when the run has been read.

        Raises:
            NotFound: there is no such run.
            UnreadableDocument: its document is not as Redraw writes it.
            Unavailable: Firestore does not answer.
        """
        if self._reading is None or self._reading.done():
            self._begun.clear()
            self._feeds[self.run_id] = self
            self._reading = asyncio.create_task(self._read_until_idle())
        try:
            # Reading it the first time takes several calls.
            await asyncio.wait_for(self._begun.wait(), allow(ANSWER_SECONDS))
        except TimeoutError:
            raise Unavailable("the run could not be read in time") from None
        if self.fault is not None and not self.events:
            raise self.fault

    async def _read_until_idle(self) -> None:
        try:
            while True:
                await self._read()
                self._begun.set()
                for wake_up in self.wake_ups:
                    wake_up.set()
                if self.ended or (self.fault is not None and not self.events):
                    return
                await asyncio.sleep(POLL_SECONDS)
                if not self.wake_ups:
                    return
        finally:
            self._begun.set()
            if self._feeds.get(self.run_id) is self:
                del self._feeds[self.run_id]

    async def _read(self) -> None:
        try:
            if self._earlier is None:
                self._earlier = run_in_thread(lambda: self._ports.runs.list(EARLIER_RUNS))
            run = await _call(lambda: self._ports.runs.get(self.run_id))
            self.events = list_events(run, await self._find_earlier())
            self.run = run
        except NotFound as gone:
            self.fault, self.ended = gone, True
        except RedrawError as fault:
            if self.fault is None:
                log.warning("run %s cannot be read for its listeners: %s", self.run_id, fault)
            self.fault = fault
        except Exception:  # the listeners must be told: they wait for this task
            log.exception("run %s cannot be told to its listeners", self.run_id)
            self.fault = Unavailable("an error in Redraw itself: the log says more")
        else:
            self.fault, self.ended = None, run.state.ended

    async def _find_earlier(self) -> Sequence[Run]:
        """Return earlier runs; none while they cannot be read: then the time left is unknown."""
        reading = self._earlier
        if reading is None or not await is_done_within(reading, EARLIER_SECONDS):
            return ()
        if reading.exception() is not None:
            self._earlier = None  # read again the next time
            return ()
        return reading.result()

    def explain_fault(self) -> str | None:
        """Return why the run cannot be read now, for its listeners; None: it can."""
        if self.fault is None:
            return None
        if isinstance(self.fault, (NotFound, UnreadableDocument, NewerDocument)):
            return str(self.fault)
        return "Firestore does not answer: the run may go on; this stream does when it answers"


async def _call(work: Callable[[], T]) -> T:
    """Return the result of a slow call, made in a thread."""
    future = run_in_thread(work)
    if not await is_done_within(future, LONGEST_READ_SECONDS):
        raise Unavailable("a call to Firestore has not ended")
    return future.result()


class Feeds:
    """The feeds of an application, by run; those without listeners go."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._feeds: dict[str, Feed] = {}

    async def open(self, run_id: str) -> Feed:
        """Return the feed of a run, which has been read.

        Raises:
            NotFound, UnreadableDocument, Unavailable: see `Feed.begin`.
        """
        feed = self._feeds.get(run_id) or Feed(run_id, self._ports, self._feeds)
        await feed.begin()
        return feed

    @property
    def listeners(self) -> int:
        """How many listen now, to all runs together."""
        return sum(len(feed.wake_ups) for feed in self._feeds.values())

    def __len__(self) -> int:
        """Return how many runs are being read."""
        return len(self._feeds)
