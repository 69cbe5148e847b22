"""Beat's scheduler: any number of beats may run over one Redis, and each sending happens once.

Every beat is awake. At each tick one of them has the turn, a lock in Redis. It alone looks at what
is due, sends it, and notes in Redis when that was. So there is no leader that could be lost: when a
beat dies or hangs, the next one that wakes up does the work. All times are those of Redis, so the
clocks of the hosts play no part.

A beat that dies between a sending and its note makes the next one send the same again. That is
harmless for every task of the table, and a task of the night that was never sent would not be.
"""

import logging
from datetime import UTC, datetime
from typing import Any

from celery import Celery
from celery.beat import ScheduleEntry
from celery.beat import Scheduler as CeleryScheduler
from kombu.exceptions import OperationalError
from redis import RedisError

from workers.beat import note_beat
from workers.redis_ping import open_redis

TURN = "redraw:beat-turn"
TURN_SECONDS = 20.0
"""A beat that hangs or dies at its turn loses it after so long."""
LAST_SENT = "redraw:last-sent:"
"""How the keys begin that hold when an entry of the table was last sent, in POSIX seconds."""
KEPT_SECONDS = 2 * 24 * 60 * 60
"""How long after its next time an entry is remembered.

After that, and so too when it was taken out of the table for that long, it counts as new.
"""
LONGEST_NAP = 10.0
SHORT_NAP = 1.0
"""Until the next look when another beat has the turn."""
RETRY_SECONDS = 5.0

log = logging.getLogger(__name__)


class Scheduler(CeleryScheduler):  # type: ignore[misc]  # Celery ships no types
    """Send what is due of `beat_schedule`, together with all other beats of this Redis."""

    def __init__(self, app: Celery, **options: Any) -> None:
        """Read the table. Redis is first asked at a tick.

        Args:
            app: whose broker is Redis, and whose `beat_schedule` is the table.
            options: of Celery's class.
        """
        self._redis = open_redis(app.conf.broker_url)
        self._now = datetime.now(UTC)
        super().__init__(app, **{**options, "max_interval": LONGEST_NAP})

    def setup_schedule(self) -> None:
        """Read the table, and let its times follow the clock of Redis."""
        self.merge_inplace(self.app.conf.beat_schedule)
        for entry in self.schedule.values():
            entry.schedule.nowfun = lambda: self._now

    def tick(self, **_: Any) -> float:
        """Send what is due, if it is this beat's turn; return the seconds until the next look."""
        try:
            note_beat(self._redis)
            turn = self._redis.lock(TURN, timeout=TURN_SECONDS, blocking=False)
            if not turn.acquire():
                return SHORT_NAP
            try:
                return min(self._visit(entry, turn) for entry in self.schedule.values())
            finally:
                turn.release()
        except (RedisError, OperationalError, OSError) as error:
            log.warning("beat sends nothing, and tries again: %s", error)
            return RETRY_SECONDS

    def _visit(self, entry: ScheduleEntry, turn: Any) -> float:
        """Send an entry if it is due; return the seconds until the next look at it."""
        seconds, microseconds = self._redis.time()
        self._now = datetime.fromtimestamp(seconds + microseconds / 1e6, UTC)
        last = self._read_last(entry)
        if last is not None:
            is_due, wait = entry.schedule.is_due(last)
            if not is_due:
                return min(float(wait), LONGEST_NAP)
            turn.reacquire()  # it may have been lost meanwhile: then this raises
            log.info("sending %s", entry.task)
            self.app.send_task(entry.task, retry=False, **{"ignore_result": True, **entry.options})
        _, wait = entry.schedule.is_due(self._now)
        self._redis.set(LAST_SENT + entry.name, self._now.timestamp(), ex=int(wait) + KEPT_SECONDS)
        return min(float(wait), LONGEST_NAP)

    def _read_last(self, entry: ScheduleEntry) -> datetime | None:
        """Return when an entry was last sent; None if it is new: then its first time is the next.

        A time in the future counts as none: the clock of Redis was wrong, and was corrected.
        """
        value: Any = self._redis.get(LAST_SENT + entry.name)
        last = None if value is None else datetime.fromtimestamp(float(value), UTC)
        return last if last is not None and last <= self._now else None
