"""Read something in the background, and keep it for as long as it is fresh enough."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, NamedTuple, TypeVar

from pipeline.errors import RedrawError
from service.backends.budget import leave_budget
from service.backends.single_flight import SingleFlight

T = TypeVar("T")
log = logging.getLogger(__name__)

RETRY_SECONDS = 15.0
"""What could not be read is not asked for again before."""


class Known(NamedTuple, Generic[T]):
    """What was read last.

    value: None if nothing was read yet. age: seconds since then; None likewise. failing: whether
    the newest attempt failed.
    """

    value: T | None
    age: float | None
    failing: bool


class Kept(Generic[T]):
    """A value that is read when it is asked for and too old, never by two threads at a time.

    When it cannot be read, the last value stays.

    Args:
        name: for the log.
        read: reads the value; it runs in a thread of its own.
        seconds: how long a value is fresh.
        clock: returns seconds that never go back.
    """

    def __init__(
        self,
        name: str,
        read: Callable[[], T],
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name, self._read_value = name, read
        self._seconds, self._clock = seconds, clock
        self._flight = SingleFlight(self._read)
        self._lock = threading.Lock()
        self._value: T | None = None
        self._read_at: float | None = None
        self._tried_at: float | None = None
        self._failing = False
        self._wanted_key: object = None
        self._read_key: object = None

    def refresh(self, key: object = None) -> Future[None] | None:
        """Begin to read the value if it is too old, or was read for another key.

        Args:
            key: what the value depends on; a value that was read for another one is too old.

        Returns:
            A future that ends when it is read, or cannot be; None if nothing is to be read.
        """
        with self._lock:
            self._wanted_key = key
            if not self._is_due(key):
                return None
        return self._flight()

    def get(self) -> Known[T]:
        """Return what was read last, without waiting."""
        with self._lock:
            age = None if self._read_at is None else self._clock() - self._read_at
            return Known(self._value, age, self._failing)

    def _is_due(self, key: object) -> bool:
        now = self._clock()
        if self._failing and self._tried_at is not None:
            return now - self._tried_at >= min(self._seconds, RETRY_SECONDS)
        return (
            self._read_at is None or now - self._read_at >= self._seconds or key != self._read_key
        )

    def _read(self) -> None:
        leave_budget()  # of the request that asked first
        with self._lock:
            key, asked_at = self._wanted_key, self._clock()
            self._tried_at = asked_at
        try:
            value = self._read_value()
        except RedrawError as error:
            log.warning("%s cannot be read: %s", self._name, error)
            with self._lock:
                self._failing = True
        except Exception:
            # Whatever is wrong with the state, it must not keep the other metrics back.
            log.exception("%s cannot be read", self._name)
            with self._lock:
                self._failing = True
        else:
            with self._lock:
                self._value, self._read_at, self._read_key = value, asked_at, key
                self._failing = False
