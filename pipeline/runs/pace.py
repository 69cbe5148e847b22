"""Measure how fast what a step counts is done, and so how long it goes on."""

from typing import NamedTuple

FEWEST_SECONDS = 2.0
"""So long a pace must have been watched: the first units are slow."""


class Pace:
    """The pace since the counting began, or was first seen: a training may go on in the middle."""

    def __init__(self) -> None:
        self._first: _Seen | None = None

    def measure(self, done: int, total: int, now: float) -> float | None:
        """Return how many seconds are left; None where that is unknown yet.

        Args:
            done: units that are done. Fewer than before, or of another total, begin a new count.
            total: all units; 0: they cannot be counted.
            now: the time, in seconds of any clock that only rises.
        """
        if total <= 0:
            self._first = None
            return None
        first = self._first
        if first is None or first.total != total or done < first.done:
            first = self._first = _Seen(now, done, total)
        took, units = now - first.at, done - first.done
        if took < FEWEST_SECONDS or units <= 0:
            return None
        return max(0.0, took / units * (total - done))


class _Seen(NamedTuple):
    at: float
    done: int
    total: int
