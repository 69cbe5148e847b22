"""Check quickly whether Redis answers."""

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from pipeline.errors import Unavailable

TIMEOUT_SECONDS = 2.0


def ping(url: str) -> None:
    """Return if Redis answers.

    Raises:
        Unavailable: it did not answer within two seconds, or the address is not one of Redis.
    """
    # By default redis-py tries ten times more, with pauses between.
    no_retries = Retry(NoBackoff(), 0)
    try:
        with Redis.from_url(
            url,
            retry=no_retries,
            socket_connect_timeout=TIMEOUT_SECONDS,
            socket_timeout=TIMEOUT_SECONDS,
        ) as client:
            client.ping()
    except (RedisError, OSError) as error:
        raise Unavailable(
            f"Redis does not answer ({error}): start it, or correct REDRAW_REDIS_URL"
        ) from error
