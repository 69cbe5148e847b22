"""Keep the release that Firestore named last, for all who poll it and for when Firestore hangs."""

import logging
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from pipeline.errors import Unavailable
from pipeline.records.versions import Release
from service.backends.bounded import ANSWER_SECONDS
from service.backends.budget import allow
from service.backends.single_flight import SingleFlight, is_done_within

log = logging.getLogger(__name__)


class KnownRelease(NamedTuple):
    """The release, as far as this process knows."""

    release: Release | None
    age: float
    """Seconds since Firestore named it."""
    stale: bool
    """Whether Firestore could not be asked again, although it was time to."""


class ReleaseCache:
    """The release, read from Firestore once in a while, however many clients ask.

    As long as Firestore answers, no client gets a release that was read more than `fresh_seconds`
    ago. When it does not answer, the last release that it named is given out: games go on with the
    version that they have. The first who asks then waits for `wait_seconds`, the others not.

    Args:
        read: asks Firestore.
        fresh_seconds: how long what was read is given out without asking again.
        wait_seconds: how long a client waits for Firestore.
        clock: returns seconds that never go back.
    """

    def __init__(
        self,
        read: Callable[[], Release | None],
        fresh_seconds: float,
        wait_seconds: float = ANSWER_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read_firestore = read
        self._fresh_seconds = fresh_seconds
        self._wait_seconds = wait_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._read = SingleFlight(self._read_and_note)
        self._known: tuple[Release | None, float] | None = None
        self._notes = 0
        self._failing_since: float | None = None

    async def get(self) -> KnownRelease:
        """Return the release.

        Raises:
            Unavailable: Firestore does not answer, and has named no release before.
            RedrawError: it refuses to answer, and has named none before.
        """
        known, now = self._known, self._clock()
        if known is not None and now - known[1] < self._fresh_seconds:
            return KnownRelease(known[0], now - known[1], stale=False)
        has_fallback = known is not None and known[0] is not None
        failing_since = self._failing_since
        if has_fallback and failing_since is not None:
            # Firestore is asked again in the background, and not more often than otherwise.
            if now - failing_since >= self._fresh_seconds:
                self._read()
            return self._fall_back()
        reading = self._read()
        if not await is_done_within(reading, allow(self._wait_seconds)):
            self._failing_since = self._clock()
        elif reading.exception() is None:
            known = self._known or (reading.result(), self._clock())
            return KnownRelease(known[0], self._clock() - known[1], stale=False)
        if has_fallback:
            return self._fall_back()
        if reading.done():
            reading.result()
        raise Unavailable(f"Firestore has not answered within {self._wait_seconds:g} s")

    def glance(self) -> KnownRelease | None:
        """Return what is known without waiting; None: nothing is.

        Firestore is asked in the background when it is time to.
        """
        known, now, failing_since = self._known, self._clock(), self._failing_since
        is_fresh = known is not None and now - known[1] < self._fresh_seconds
        if not is_fresh and (failing_since is None or now - failing_since >= self._fresh_seconds):
            self._read()
        return None if known is None else KnownRelease(known[0], now - known[1], not is_fresh)

    def note(self, release: Release) -> None:
        """Take over a release that this process has just written.

        What is being read at this moment may be older, so it is not noted.
        """
        with self._lock:
            self._notes += 1
            self._known, self._failing_since = (release, self._clock()), None

    def _read_and_note(self) -> Release | None:
        notes, asked_at = self._notes, self._clock()
        try:
            release = self._read_firestore()
        except Exception as error:
            log.warning("the release cannot be read: %s", error)
            self._failing_since = self._clock()
            raise
        with self._lock:
            if notes == self._notes:
                self._known, self._failing_since = (release, asked_at), None
        return release

    def _fall_back(self) -> KnownRelease:
        """Return what is known; it is not stale if another request noted it just now."""
        assert self._known is not None  # noqa: S101 - it is never forgotten
        release, read_at = self._known
        age = self._clock() - read_at
        return KnownRelease(release, age, stale=age >= self._fresh_seconds)
