"""Count what each player sends, in Redis for all web processes together."""

import logging
import math
import time
from collections.abc import Callable
from functools import cached_property
from typing import Any

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter

from pipeline.errors import Unavailable
from service.backends.redis import RedisCalls

WAIT_SECONDS = 0.5
"""How long a request waits for Redis to count it."""
PAUSE_SECONDS = 5.0
"""How long Redis is not asked any more after it has not answered."""
PREFIX = "redraw:quota"

log = logging.getLogger(__name__)


class Quota:
    """How many requests of one kind a caller may make in any minute.

    While Redis does not answer, this process counts by itself, so that nothing is lost: then each
    process allows as many.

    Args:
        name: of the kind, part of the key in Redis.
        per_minute: the largest number.
        redis: calls of a short time limit.
        hide: makes of a caller what stands in Redis instead.
    """

    def __init__(
        self, name: str, per_minute: int, redis: RedisCalls, hide: Callable[[str], str]
    ) -> None:
        self._item = RateLimitItemPerMinute(per_minute, namespace=PREFIX)
        self._name, self._redis, self._hide = name, redis, hide
        self._away_until = -math.inf
        self._counted: MovingWindowRateLimiter | None = None

    def count(self, caller: str) -> int | None:
        """Count a request; return None if it is allowed, else after how many seconds it will be.

        A request that is not allowed does not count.
        """
        key = self._hide(caller)
        if time.monotonic() >= self._away_until:
            try:
                return self._redis.call(lambda client: self._hit(self._shared(client), key))
            except Unavailable as error:
                self._away_until = time.monotonic() + PAUSE_SECONDS
                log.warning("%s are counted by this process alone for now: %s", self._name, error)
        return self._hit(self._own, key)

    def _hit(self, limiter: MovingWindowRateLimiter, key: str) -> int | None:
        if limiter.hit(self._item, self._name, key):
            return None
        reset = limiter.get_window_stats(self._item, self._name, key).reset_time
        return max(1, math.ceil(reset - time.time()))

    def _shared(self, client: Any) -> MovingWindowRateLimiter:
        # `limits` makes its own client; it shares the connections, with their timeouts.
        if self._counted is None:
            storage = RedisStorage("redis://", connection_pool=client.connection_pool)
            self._counted = MovingWindowRateLimiter(storage)
        return self._counted

    @cached_property
    def _own(self) -> MovingWindowRateLimiter:
        return MovingWindowRateLimiter(MemoryStorage())
