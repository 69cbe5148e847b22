"""Open a client of Redis that gives up within seconds, and check whether Redis answers."""

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from pipeline.errors import Unavailable

TIMEOUT_SECONDS = 2.0


def open_redis(url: str) -> Redis:
    """Return a client that waits two seconds at most for a connection, and for each answer.

    By default redis-py tries ten times more, with pauses between.

    Raises:
        ValueError: the address is not one of Redis.
    """
    return Redis.from_url(
        url,
        retry=Retry(NoBackoff(), 0),
        socket_connect_timeout=TIMEOUT_SECONDS,
        socket_timeout=TIMEOUT_SECONDS,
    )


def ping(url: str) -> None:
    """Return if Redis answers.

    Raises:
        Unavailable: it did not answer within two seconds, or the address is not one of Redis.
    """
    try:
        with open_redis(url) as client:
            client.ping()
    except (RedisError, OSError) as error:
        raise Unavailable(
            f"Redis does not answer ({error}): start it, or correct REDRAW_REDIS_URL"
        ) from error
