"""Keep the results of several slow calls, each by the key that it was made for."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import Generic, TypeVar

from service.backends.slow_result import SlowResult

T = TypeVar("T")
MOST_KEPT = 16
"""With one more, the one that was not asked for longest goes."""


class SlowResults(Generic[T]):
    """The results of a slow call by key; see `SlowResult`.

    Args:
        work: the call, with the key as its argument.
        seconds: how long a result counts.
        wait_seconds: how long a caller waits for a new one.
    """

    def __init__(self, work: Callable[[str], T], seconds: float, wait_seconds: float) -> None:
        self._work, self._seconds, self._wait_seconds = work, seconds, wait_seconds
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, SlowResult[T]] = OrderedDict()

    def find(self, key: str) -> SlowResult[T]:
        """Return the result for a key; it is not made before it is asked for."""
        with self._lock:
            if key not in self._kept:
                work = partial(self._work, key)
                self._kept[key] = SlowResult(work, self._seconds, self._wait_seconds)
            self._kept.move_to_end(key)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
            return self._kept[key]
