"""Keep the result of a call that takes longer than a request may wait."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import Generic, TypeVar

from pipeline.errors import Unavailable
from service.backends.budget import allow, leave_budget
from service.backends.single_flight import SingleFlight

T = TypeVar("T")


class StillWorking(Unavailable):
    """There is no result yet: the call is under way."""


class SlowResult(Generic[T]):
    """The result of a slow call, made when it is asked for and the one before is too old.

    Args:
        work: the call; it runs in a thread of its own, once at a time.
        seconds: how long a result counts.
        wait_seconds: how long a caller waits for a new one; late in a request less (see `budget`).
    """

    def __init__(self, work: Callable[[], T], seconds: float, wait_seconds: float) -> None:
        self._work, self._seconds, self._wait_seconds = work, seconds, wait_seconds
        self._flight = SingleFlight(self._renew)
        self._lock = threading.Lock()
        self._kept: tuple[T, float] | None = None

    def glance(self) -> T | None:
        """Return the result that is kept, however old it is; None if there is none yet."""
        with self._lock:
            return None if self._kept is None else self._kept[0]

    def start(self) -> Future[T]:
        """Make the call, whether a result is kept or not; its result is kept when it is there."""
        return self._flight()

    @property
    def failure(self) -> BaseException | None:
        """What the last call has raised; None if it has not, or is under way."""
        return self._flight.failure

    @property
    def is_working(self) -> bool:
        """Whether the call is under way."""
        return self._flight.is_running

    def get(self) -> T:
        """Return the result; an old one, if the new one takes too long or fails.

        Raises:
            StillWorking: there is none yet.
            Exception: what the call raised, if there is no old result.
        """
        with self._lock:
            kept = self._kept
        if kept is not None and time.monotonic() < kept[1]:
            return kept[0]
        renewal = self._flight()
        wait([renewal], allow(self._wait_seconds))
        if renewal.done() and (kept is None or renewal.exception() is None):
            return renewal.result()
        if kept is None:
            raise StillWorking("the first result is not there yet")
        return kept[0]

    def _renew(self) -> T:
        leave_budget()  # of the request that asked first
        result = self._work()
        with self._lock:
            self._kept = result, time.monotonic() + self._seconds
        return result
