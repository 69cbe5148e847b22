"""Limit how many requests a caller may make in a time, by the sliding window of `limits`.

What was counted in the window before weighs as much as that one still overlaps with the last
`seconds`. So a caller who has used up a limit waits for a part of the window, and cannot use the
limit twice around its turn.
"""

from collections.abc import Callable
from functools import cache
from time import monotonic
from typing import Any

from limits import RateLimitItemPerSecond
from limits.storage import RedisStorage, Storage
from limits.storage.base import SlidingWindowCounterSupport
from limits.strategies import SlidingWindowCounterRateLimiter

from pipeline.errors import Unavailable
from service.backends.redis import RedisCalls
from service.http.counts import MemoryCounts
from service.http.problems import RATE_LIMITED, ProblemError

MINUTE = 60
AWAY_SECONDS = 5.0
"""For how long Redis is not asked after it has not answered."""
SHORTEST_WAIT = 0.001
KEY_PREFIX = "redraw-limit"
"""Of the keys in Redis; each lives for two windows."""


class RateLimit:
    """A limit on the requests of each caller.

    Args:
        name: what is limited; limits of different names do not mix.
        amount: requests in a window; 0: no limit.
        seconds: the length of the window.
        storage: where they are counted; by default in the memory of this process.
    """

    def __init__(
        self, name: str, amount: int, seconds: int = MINUTE, storage: Storage | None = None
    ) -> None:
        self._item = RateLimitItemPerSecond(max(amount, 1), seconds, namespace=name)
        self._amount = amount
        self._window = SlidingWindowCounterRateLimiter(
            MemoryCounts() if storage is None else storage
        )

    def take(self, caller: str, cost: int = 1) -> float:
        """Count a request and return 0; or count nothing, and return the seconds to wait.

        Args:
            caller: who asks, in words that are the same for each of its requests.
            cost: the number of requests that this one stands for. One that stands for more than the
                limit is counted as the whole limit.
        """
        if not self._amount or self._window.hit(self._item, caller, cost=min(cost, self._amount)):
            return 0.0
        return max(self.check(caller, cost), SHORTEST_WAIT)

    def check(self, caller: str, cost: int = 1) -> float:
        """Return the seconds until a request would be counted, 0 for at once; count nothing."""
        if not self._amount:
            return 0.0
        storage = self._window.storage
        assert isinstance(storage, SlidingWindowCounterSupport)  # noqa: S101 - `limits` checked it
        counts = storage.get_sliding_window(self._item.key_for(caller), self._item.get_expiry())
        return find_wait(self._amount - min(cost, self._amount), self._item.get_expiry(), counts)


class SharedRateLimit:
    """A limit that all web processes count together, in Redis.

    While Redis does not answer, each process counts for itself: no caller is refused for that.

    Args:
        name: what is limited.
        amount: requests in a window; 0: no limit.
        redis: the Redis of the project.
        seconds: the length of the window.
    """

    def __init__(self, name: str, amount: int, redis: RedisCalls, seconds: int = MINUTE) -> None:
        self._alone = RateLimit(name, amount, seconds)
        self._redis = redis
        self._away_until = 0.0

        @cache
        def count_in(client: Any) -> RateLimit:
            return RateLimit(name, amount, seconds, _redis_counts(client))

        self._count_in: Callable[[Any], RateLimit] = count_in

    def take(self, caller: str, cost: int = 1) -> float:
        """Count a request and return 0; or count nothing, and return the seconds to wait.

        It may wait for Redis, so it belongs into a thread.
        """
        if monotonic() >= self._away_until:
            try:
                return self._redis.call(lambda client: self._count_in(client).take(caller, cost))
            except Unavailable:
                self._away_until = monotonic() + AWAY_SECONDS
        return self._alone.take(caller, cost)


def refuse_for(seconds: float, detail: str = "Too many requests") -> ProblemError:
    """Return the problem for a caller who has to wait; `detail` says what there is too much of."""
    wait = int(seconds) + 1
    return ProblemError(
        RATE_LIMITED, f"{detail}: try again in {wait} s.", {"Retry-After": str(wait)}
    )


def find_wait(room: int, expiry: float, counts: tuple[int, float, int, float]) -> float:
    """Return the seconds until at most `room` requests count, 0 if that is so now.

    Args:
        room: how many may count.
        expiry: the length of a window in seconds.
        counts: requests in the window before, seconds until they count nothing any more (this part
            of `expiry` is their weight now), and the same two for the window now.
    """
    previous, previous_seconds, current, current_seconds = counts
    if current <= room:
        # The weight has to fall below (room + 1 - current) / previous, as counts are rounded down.
        if previous == 0:
            return 0.0
        wait = previous_seconds - expiry * (room + 1 - current) / previous
        return 0.0 if wait < 0 else wait + SHORTEST_WAIT
    # This window first has to become the one before.
    wait = current_seconds - expiry + expiry * max(0.0, 1 - (room + 1) / current)
    return wait + SHORTEST_WAIT


def _redis_counts(client: Any) -> RedisStorage:
    return RedisStorage("redis://", connection_pool=client.connection_pool, key_prefix=KEY_PREFIX)
