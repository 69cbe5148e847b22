"""Someone who acts again and again from a thread of their own, and can be paused."""

import threading
from abc import ABC, abstractmethod

from pipeline.errors import RedrawError

LOOK_SECONDS = 0.5
STOP_SECONDS = 5.0


class Actor(ABC):
    """Calls `act`, with a pause after each call, from `start` until `stop`."""

    pause_seconds: float
    """Between two acts."""

    def __init__(self) -> None:
        self._going, self._ended, self._idle = (threading.Event() for _ in range(3))
        self._thread = threading.Thread(target=self._work, daemon=True)

    @abstractmethod
    def act(self) -> None:
        """Do one thing; what a fault may cause is suppressed."""

    def start(self) -> None:
        """Begin."""
        self._going.set()
        self._thread.start()

    def pause(self) -> None:
        """Return when nothing is being done any more.

        Raises:
            RedrawError: the thread has ended by an error that `act` did not expect.
        """
        self._going.clear()
        while not self._idle.wait(LOOK_SECONDS):
            if not self._thread.is_alive():
                name = type(self).__name__.lower()
                raise RedrawError(f"{name} of the drill ended by an error: it is printed above")

    def go_on(self) -> None:
        """Act again."""
        self._idle.clear()
        self._going.set()

    def stop(self) -> None:
        """End the thread; a call of it that a fault still holds is left after a while."""
        self._ended.set()
        self._going.set()
        self._thread.join(STOP_SECONDS)

    def _work(self) -> None:
        while not self._ended.is_set():
            if not self._going.is_set():
                self._idle.set()
                self._going.wait()
                continue
            self.act()
            self._ended.wait(self.pause_seconds)
