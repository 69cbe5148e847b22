"""Count the requests of many callers in the memory of this process, with an upper bound.

The library `limits` has a storage in memory too, but that one keeps every key for ever, and starts
a thread again and again to look through all of them.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

from limits.storage import Storage
from limits.storage.base import SlidingWindowCounterSupport

MOST_KEYS = 50_000
"""The callers that are remembered; with one more, the one not seen for longest is forgotten. A
caller takes about 350 bytes: 17 MB in all."""


class _Window(NamedTuple):
    """How many requests were counted in the window of a number, and in the one before."""

    number: int
    current: int
    previous: int


class MemoryCounts(Storage, SlidingWindowCounterSupport):
    """A storage of `limits` for its sliding window: two numbers for each caller.

    Args:
        most_keys: how many callers are remembered.
        clock: seconds that never go back.
    """

    STORAGE_SCHEME = None

    def __init__(
        self, most_keys: int = MOST_KEYS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__()
        self._most_keys, self._clock = most_keys, clock
        self._windows = OrderedDict[str, _Window]()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._windows)

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        """What this storage may raise: nothing."""
        return ()

    def acquire_sliding_window_entry(
        self, key: str, limit: int, expiry: int, amount: int = 1
    ) -> bool:
        """Count `amount` requests, unless there would be more than `limit`; return if counted."""
        with self._lock:
            now = self._clock()
            window = self._look(key, expiry, now)
            weight = 1 - now / expiry % 1
            if int(window.previous * weight + window.current) + amount > limit:
                return False
            self._windows[key] = window._replace(current=window.current + amount)
            self._windows.move_to_end(key)
            if len(self._windows) > self._most_keys:
                self._windows.popitem(last=False)
            return True

    def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        """Return the counts of the window before and of this one, each with its seconds to live."""
        now = self._clock()
        window = self._look(key, expiry, now)
        left = (1 - now / expiry % 1) * expiry
        return window.previous, left if window.previous else 0.0, window.current, left + expiry

    def clear_sliding_window(self, key: str, expiry: int) -> None:  # noqa: ARG002 - the library's signature
        """Forget a caller."""
        self.clear(key)

    def _look(self, key: str, expiry: int, now: float) -> _Window:
        number = int(now // expiry)
        window = self._windows.get(key)
        if window is None or window.number < number - 1:
            return _Window(number, 0, 0)
        if window.number == number - 1:
            return _Window(number, 0, window.current)
        return window

    # What follows is for other strategies than the sliding window.

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        raise NotImplementedError

    def get(self, key: str) -> int:
        raise NotImplementedError

    def get_expiry(self, key: str) -> float:
        raise NotImplementedError

    def check(self) -> bool:
        """Return whether it works: it always does."""
        return True

    def reset(self) -> int:
        """Forget all callers; return how many there were."""
        with self._lock:
            num_keys = len(self._windows)
            self._windows.clear()
        return num_keys

    def clear(self, key: str) -> None:
        """Forget a caller."""
        with self._lock:
            self._windows.pop(key, None)
