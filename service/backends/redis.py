"""Call the Redis of this project, without long waits."""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from pipeline.errors import Unavailable
from service.backends.bounded import Backend

TIMEOUT_SECONDS = 1.0

T = TypeVar("T")


class RedisCalls:
    """Calls to Redis, each bounded in time.

    Args:
        connect: returns a client of redis-py; it is called once, when Redis is first needed.
        backend: bounds the calls; the one that queues runs too.
    """

    def __init__(self, connect: Callable[[], Any], backend: Backend) -> None:
        self._connect = cache(connect)
        self._backend = backend

    def call(self, work: Callable[[Any], T]) -> T:
        """Return `work(client)`: one command of Redis, or a few.

        Raises:
            Unavailable: Redis does not answer, or its address is none. The commands may still be
                executed.
        """
        try:
            return self._backend.call(lambda: work(self._connect()))
        except (RedisError, ValueError) as error:
            raise Unavailable(f"Redis does not answer: {error}") from error


def connect_redis(url: str) -> Any:
    """Return a client of redis-py; it connects at its first call.

    By default redis-py tries ten times more, with pauses between; here it does not.
    """
    return Redis.from_url(
        url,
        retry=Retry(NoBackoff(), 0),
        socket_connect_timeout=TIMEOUT_SECONDS,
        socket_timeout=TIMEOUT_SECONDS,
    )
