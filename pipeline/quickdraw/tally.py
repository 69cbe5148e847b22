"""Bytes of several files that come at once, to one line of progress: how much in all, and how fast of late."""

import time
from collections import deque
from collections.abc import Callable

from pipeline.progress import OnProgress

WINDOW_SECONDS = 5.0
EVERY_SECONDS = 0.1


class Tally:
    """Adds up what each file holds and tells it, at most ten times a second."""

    def __init__(
        self, on_progress: OnProgress, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._on_progress, self._clock = on_progress, clock
        self._held: dict[str, int] = {}
        self._total = 0
        self._fetched = 0
        self._lately: deque[tuple[float, int]] = deque()

    def expect(self, total: int) -> None:
        """Says how many bytes all files together will hold."""
        self._total = total

    def hold(self, name: str, size: int) -> None:
        """Notes that a file holds `size` bytes by now. What it held when it was first named was not fetched by us."""
        self._fetched += max(0, size - self._held.get(name, size))
        self._held[name] = size
        now, done = self._clock(), sum(self._held.values())
        if self._lately and now - self._lately[-1][0] < EVERY_SECONDS and done < self._total:
            return
        self._lately.append((now, self._fetched))
        while now - self._lately[0][0] > WINDOW_SECONDS:
            self._lately.popleft()
        self._on_progress(f"fetching drawings{self._speed()}", done, max(done, self._total))

    def _speed(self) -> str:
        (began, before), (now, after) = self._lately[0], self._lately[-1]
        return f", {(after - before) / (now - began) / 1e6:.1f} MB/s" if now > began else ""
