"""Progress of several downloads at once as one line: bytes in all, and the current speed."""

import time
from collections import deque
from collections.abc import Callable

from pipeline.progress import OnProgress

WINDOW_SECONDS = 5.0  # over which the speed is measured
EVERY_SECONDS = 0.1  # between two reports


class Tally:
    """Adds up the bytes of all files, `total` in the end, and reports them ten times a second."""

    def __init__(
        self, on_progress: OnProgress, total: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._on_progress, self._total, self._clock = on_progress, total, clock
        self._held: dict[str, int] = {}
        self._fetched = 0
        self._samples: deque[tuple[float, int]] = deque()  # (time, bytes fetched), oldest first

    def update(self, name: str, size: int) -> None:
        """Set the bytes that a file holds. Its first size is from an earlier call: no speed."""
        self._fetched += max(0, size - self._held.get(name, size))
        self._held[name] = size
        now, done = self._clock(), sum(self._held.values())
        if self._samples and now - self._samples[-1][0] < EVERY_SECONDS and done < self._total:
            return
        self._samples.append((now, self._fetched))
        while now - self._samples[0][0] > WINDOW_SECONDS:
            self._samples.popleft()
        seconds, fetched = now - self._samples[0][0], self._fetched - self._samples[0][1]
        speed = f", {fetched / seconds / 1e6:.1f} MB/s" if seconds else ""
        self._on_progress(f"fetching drawings{speed}", done, max(done, self._total))
