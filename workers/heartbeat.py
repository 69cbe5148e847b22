"""Note in Redis that a worker executes the tasks that beat sends, and read when it last did."""

import logging
from typing import Any

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from workers.redis_ping import TIMEOUT_SECONDS

log = logging.getLogger(__name__)

KEY = "redraw:last-sweep"
KEPT_MILLISECONDS = 7 * 24 * 60 * 60 * 1000
"""How long the note stays. What is left of it says how old it is, by the clock of Redis alone."""


def note_sweep(url: str) -> None:
    """Note that the sweep was executed now. Without Redis nothing is noted, and nothing fails."""
    try:
        with Redis.from_url(
            url,
            retry=Retry(NoBackoff(), 0),
            socket_connect_timeout=TIMEOUT_SECONDS,
            socket_timeout=TIMEOUT_SECONDS,
        ) as client:
            write_sweep(client)
    except (RedisError, OSError, ValueError) as error:
        log.warning("the sweep is not noted for /metrics: %s", error)


def write_sweep(client: Any) -> None:
    """Write the note."""
    client.set(KEY, 1, px=KEPT_MILLISECONDS)


def read_sweep_age(client: Any) -> float | None:
    """Return the seconds since the sweep was noted; None if there is no note."""
    left = client.pttl(KEY)
    return max(0.0, (KEPT_MILLISECONDS - left) / 1000) if left >= 0 else None
