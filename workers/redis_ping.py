"""Asks Redis whether it is there, once and briefly: redis-py by itself would try ten times more, with pauses between."""

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from pipeline.errors import Unavailable

PATIENCE_SECONDS = 2.0


def ping(url: str) -> None:
    """Returns when Redis answers. Raises Unavailable when it does not, after two seconds at most."""
    once = Retry(NoBackoff(), 0)
    try:
        with Redis.from_url(
            url,
            retry=once,
            socket_connect_timeout=PATIENCE_SECONDS,
            socket_timeout=PATIENCE_SECONDS,
        ) as client:
            client.ping()
    except (RedisError, OSError) as fault:
        raise Unavailable(
            f"Redis does not answer ({fault}): start it, or correct REDRAW_REDIS_URL"
        ) from fault
