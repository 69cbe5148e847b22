"""Answer a scrape: look at what is due, wait for it briefly, and write all metrics."""

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, wait
from datetime import UTC, datetime
from typing import Any, NamedTuple

from anyio import to_thread
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from pipeline.ports import Ports
from pipeline.records.slot import SlotStatus
from pipeline.records.versions import Release
from pipeline.settings import Settings
from service.backends.kept import Kept, Known
from service.backends.redis import RedisCalls
from service.backends.single_flight import is_done_within
from service.metrics.families import find_metric
from service.metrics.queue import Queue, read_queue
from service.metrics.requests import RequestTimes
from service.metrics.samples import (
    Sample,
    describe_files,
    describe_history,
    describe_now,
    describe_part,
    describe_pending,
    describe_queue,
)
from service.metrics.state import (
    Files,
    History,
    Now,
    Pending,
    PendingReader,
    make_key,
    read_files,
    read_history,
    read_now,
)

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
PENDING_SECONDS = 300.0
FILES_SECONDS = 60.0
OLDEST_WAIT_SECONDS = 0.1
"""So long a page waits for the oldest pending correction."""
WAIT_SHARE = 0.5
"""How much of the time that a request may wait, a scrape waits for what is due."""


class Written(NamedTuple):
    """The answer to a scrape."""

    body: bytes
    media_type: str


class State(NamedTuple):
    """What is known of the project, each part as it was read last."""

    now: Known[Now]
    queue: Known[Queue]
    pending: Known[Pending]
    files: Known[Files]
    history: Known[History]


class Metrics:
    """All metrics of one application: the state of the project, and its own requests.

    The state is read when a scraper asks, and kept, so however many scrapers there are, they cost
    the same. Reading runs in the background; a scrape waits for it for a moment. While Firestore
    does not answer, the last state is given, with its age.

    Args:
        settings: of this process.
        ports: the project; their calls are bounded in time.
        redis: the Redis that carries Celery's messages; its calls are bounded too.
        answer_seconds: how long a request may wait for what is behind this process.
    """

    def __init__(
        self, settings: Settings, ports: Ports, redis: RedisCalls, answer_seconds: float
    ) -> None:
        self.requests = RequestTimes()
        self._wait_seconds = answer_seconds * WAIT_SHARE
        fresh, history_seconds = settings.metrics.cache_seconds, settings.metrics.history_seconds
        self._pending_reader = PendingReader(ports)
        self._now = Kept("the slot and the release", lambda: read_now(ports), fresh)
        self._queue = Kept("the queue", lambda: redis.call(read_queue), fresh)
        self._pending = Kept("what is pending", self._pending_reader, PENDING_SECONDS)
        self._files = Kept(
            "the files of the release",
            lambda: read_files(ports, release.version if (release := self._release()) else None),
            FILES_SECONDS,
        )
        self._history = Kept(
            "the history",
            lambda: read_history(ports, settings, self._release()),
            history_seconds,
        )
        self._registry = CollectorRegistry()
        self._registry.register(_Families(self._collect))
        ProcessCollector(registry=self._registry)

    def look(self) -> State:
        """Return what is known, without waiting; what is too old begins to be read again."""
        self._now.refresh()
        self._queue.refresh()
        if self._now.get().value is not None:  # the others depend on it
            self._refresh_others()
        return State(
            self._now.get(),
            self._queue.get(),
            self._pending.get(),
            self._files.get(),
            self._history.get(),
        )

    async def scrape(self, accept: str | None) -> Written:
        """Return all metrics in the format that the scraper asks for, or Prometheus's text."""
        deadline = time.monotonic() + self._wait_seconds
        await self._wait([self._now], [self._now.refresh()], deadline)
        others, reading = self._refresh_others()
        await self._wait(others, reading, deadline)
        wanted = OPENMETRICS if OPENMETRICS.partition(";")[0] in (accept or "") else TEXT
        encode, _ = choose_encoder(wanted)
        # Hundreds of series take some milliseconds, for which no other request should wait.
        return Written(await to_thread.run_sync(encode, self._registry), wanted)

    def _refresh_others(self) -> tuple[list[Kept[Any]], list[Future[None] | None]]:
        """Begin to read what is due besides the slot and the release, and return it."""
        now = self._now.get()
        known = now.value
        key = None if known is None else known.key
        self._pending_reader.key = key
        others: list[Kept[Any]] = [self._queue]
        reading = [self._queue.refresh()]
        if not now.failing:
            # Their reads go to the same Firestore, and depend on what was read first.
            others += [self._pending, self._history, self._files]
            reading += [
                self._pending.refresh(key),
                self._history.refresh(key),
                self._files.refresh(known and known.release and known.release.version),
            ]
        return others, reading

    def find_oldest(self, slot: SlotStatus | None, release: Release | None) -> datetime | None:
        """Return since when the oldest pending correction has been; None if that is not known yet.

        To find it takes a second in a large project, and it stays the oldest until a run has
        settled it. So it is looked for in the background, and waited for only briefly.

        Args:
            slot: as it was just read; None if it could not be.
            release: likewise.
        """
        self._pending_reader.key = key = make_key(slot, release)
        reading = self._pending.refresh(key)
        if reading is not None and not wait([reading], OLDEST_WAIT_SECONDS).done:
            return None  # what is known may be of before the last run
        known = self._pending.get()
        return None if known.value is None or known.failing else known.value.since

    @staticmethod
    async def _wait(
        kept: Iterable[Kept[Any]], reading: Iterable[Future[None] | None], deadline: float
    ) -> None:
        """Wait for what is being read, but not for what could not be read the last time."""
        for each, future in zip(kept, reading, strict=True):
            if future is not None and not each.get().failing:
                await is_done_within(future, max(0.0, deadline - time.monotonic()))

    def _release(self) -> Release | None:
        known = self._now.get().value
        return known.release if known is not None else None

    def _collect(self) -> Iterator[Family]:
        families: dict[str, GaugeMetricFamily] = {}
        for name, value, labels in self._list_samples():
            if name not in families:
                metric = find_metric(name)
                families[name] = GaugeMetricFamily(name, metric.meaning, labels=metric.labels)
            families[name].add_metric(labels, float(value))
        yield from families.values()
        yield self.requests.histogram()

    def _list_samples(self) -> Iterator[Sample]:
        at = datetime.now(UTC)
        yield from describe_part("now", "firestore", self._now.get(), describe_now, at)
        yield from describe_part("queue", "redis", self._queue.get(), describe_queue, at)
        yield from describe_part("files", "storage", self._files.get(), describe_files, at)
        yield from describe_part("pending", None, self._pending.get(), describe_pending, at)
        yield from describe_part("history", None, self._history.get(), describe_history, at)
        yield Sample("redraw_http_requests_in_flight", self.requests.in_flight)


class _Families(Collector):
    def __init__(self, collect: Callable[[], Iterator[Family]]) -> None:
        self._collect = collect

    def describe(self) -> Iterable[Family]:
        """Return nothing: otherwise registering would collect."""
        return ()

    def collect(self) -> Iterable[Family]:
        """Return all metrics."""
        return self._collect()
