"""Note in Redis that a worker executes the tasks that beat sends, and read when it last did."""

import logging
from typing import Any

from redis import RedisError

from workers.redis_ping import open_redis

log = logging.getLogger(__name__)

KEY = "redraw:last-sweep"
KEPT_MILLISECONDS = 7 * 24 * 60 * 60 * 1000
"""How long a note stays. What is left of it says how old it is, by the clock of Redis alone."""


def note_sweep(url: str) -> None:
    """Note that the sweep was executed now. Without Redis nothing is noted, and nothing fails."""
    try:
        with open_redis(url) as client:
            write_sweep(client)
    except (RedisError, OSError, ValueError) as error:
        log.warning("the sweep is not noted for /metrics: %s", error)


def write_sweep(client: Any) -> None:
    """Write the note of the sweep."""
    write_note(client, KEY)


def read_sweep_age(client: Any) -> float | None:
    """Return the seconds since the sweep was noted; None if there is no note."""
    return read_note_age(client, KEY)


def write_note(client: Any, key: str) -> None:
    """Note that something happens now."""
    client.set(key, 1, px=KEPT_MILLISECONDS)


def read_note_age(client: Any, key: str) -> float | None:
    """Return the seconds since something was noted; None if there is no note."""
    left = client.pttl(key)
    return max(0.0, (KEPT_MILLISECONDS - left) / 1000) if left >= 0 else None
