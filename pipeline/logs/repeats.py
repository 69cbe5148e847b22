"""Limit how often the log says the same, so that clients cannot fill the disk."""

import logging
import threading
import time
from collections.abc import Callable

MESSAGES, SECONDS = 10, 60.0
MOST_KINDS = 1_000


class RepeatLimit(logging.Filter):
    """Let through a few messages of a kind each minute, and say how many were left out.

    Messages are of one kind if the same logger writes them with the same level and format,
    whatever is filled in.
    """

    def __init__(
        self,
        messages: int = MESSAGES,
        seconds: float = SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._messages, self._seconds, self._clock = messages, seconds, clock
        self._lock = threading.Lock()
        self._periods: dict[tuple[str, int, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to write `record`; the first one of a new period says what was missing."""
        kind = (record.name, record.levelno, str(record.msg))
        with self._lock:
            now = self._clock()
            began, count = self._periods.get(kind, (now, 0))
            missing = 0
            if now - began >= self._seconds:
                began, count, missing = now, 0, max(0, count - self._messages)
            if len(self._periods) >= MOST_KINDS:
                self._periods.clear()
            self._periods[kind] = (began, count + 1)
        if missing:
            record.msg, record.args = f"{record.getMessage()} ({missing} more were left out)", ()
        return count < self._messages
