"""When beat was last at work, and the health check of a beat: `python -m workers.beat`."""

import socket
import sys
from typing import Any

from redis import RedisError

from pipeline.settings_reading import load_settings
from workers.heartbeat import read_note_age, write_note
from workers.redis_ping import open_redis

KEY = "redraw:last-beat"
LATE_SECONDS = 60.0
"""A beat that has not ticked for so long hangs: it ticks at least each ten seconds."""


def note_beat(client: Any) -> None:
    """Note in Redis that the beat of this host ticks now."""
    for key in (KEY, _key_of(socket.gethostname())):
        write_note(client, key)


def read_beat(client: Any, host: str | None = None) -> float | None:
    """Return the seconds since beat last ticked; None if it has not ticked for a week.

    Args:
        client: of Redis.
        host: whose beat; None: any.

    Raises:
        RedisError: Redis does not answer.
    """
    return read_note_age(client, KEY if host is None else _key_of(host))


def find_beat_problem(url: str) -> str | None:
    """Return what is wrong with the beat of this host; None if it ticks.

    While Redis does not answer nothing is known of beat, and to start it again would not help.
    """
    try:
        with open_redis(url) as client:
            age = read_beat(client, socket.gethostname())
    except (RedisError, OSError):
        return None
    if age is None:
        return "beat has not ticked on this host: start it, or look at its log"
    if age > LATE_SECONDS:
        return f"beat has not ticked for {age:.0f} s on this host: start it again"
    return None


def _key_of(host: str) -> str:
    return f"{KEY}:{host}"


if __name__ == "__main__":
    sys.exit(find_beat_problem(load_settings().redis_url))
