"""Read from Redis how many tasks wait, and when a worker was last seen at work."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from workers.heartbeat import read_sweep_age
from workers.names import COLLECT_QUEUE, MAIN_QUEUE

LATE_SWEEPS = 3
"""So many sweeps without one that was executed mean that beat or all workers stand still."""
TAKEN = "unacked"
"""The hash of the tasks that workers have taken and not acknowledged: `unacked_key` of kombu."""


class Queue(NamedTuple):
    """How many tasks wait for a worker, how many one has taken, and when the last sweep was.

    The time is by this machine's clock; it is None if no worker has executed the sweep for a week.
    """

    waiting: int
    taken: int
    swept_at: datetime | None


def read_queue(redis: Any) -> Queue:
    """Read both queues as one, by four small commands."""
    age = read_sweep_age(redis)
    swept_at = None if age is None else datetime.now(UTC) - timedelta(seconds=age)
    waiting = redis.llen(MAIN_QUEUE) + redis.llen(COLLECT_QUEUE)
    return Queue(waiting, redis.hlen(TAKEN), swept_at)
