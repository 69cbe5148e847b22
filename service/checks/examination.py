"""Make all checks in the background, one after another, and keep what they found.

A page shows what is known at any time. A check that hangs is left after a while and the next one
begins; it is not begun a second time while its first call still waits.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import NamedTuple

from service.backends.budget import leave_budget
from service.backends.single_flight import run_in_thread
from service.checks.check import Check, Finding
from service.checks.making import (
    QUICK_SECONDS,
    Checked,
    CheckState,
    begin_check,
    describe_check,
    make_checks,
    wait_for_check,
)

FRESH_SECONDS = 300.0
"""How long findings count, before a look makes the checks again: they cost reads."""
RETRY_SECONDS = 15.0
"""Likewise after a round in which a check was left out or did not end."""


class Examined(NamedTuple):
    """All checks. at: when the newest round began; None: there was none."""

    checks: tuple[Checked, ...]
    at: datetime | None
    running: bool

    @property
    def problems(self) -> int:
        """The number of checks that found something wrong, or did not end in time."""
        return sum(each.failed for each in self.checks)


class Examination:
    """The checks of one application.

    Args:
        list_checks: returns the checks in their order; it is called for each round.
        quick_seconds: how long a check is waited for; slow ones have longer.
        clock: returns seconds that never go back.
    """

    def __init__(
        self,
        list_checks: Callable[[], list[Check]],
        quick_seconds: float = QUICK_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._list_checks, self._quick_seconds, self._clock = list_checks, quick_seconds, clock
        self._lock = threading.Lock()
        self._checked: dict[str, Checked] = {}
        self._hanging: dict[str, Future[list[Finding]]] = {}
        self._running = False
        self._began: tuple[float, datetime] | None = None
        self._since: float | None = None

    def look(self) -> Examined:
        """Return what is known; begin a round if there was none, or the last one is too old."""
        with self._lock:
            began = self._began
            states = {each.state for each in self._checked.values()}
        incomplete = bool(states & {CheckState.LATE, CheckState.LEFT_OUT})
        fresh_seconds = RETRY_SECONDS if incomplete else FRESH_SECONDS
        if began is None or self._clock() - began[0] >= fresh_seconds:
            self.begin()
        with self._lock:
            checks = tuple(self._add_seconds(each) for each in self._checked.values())
            return Examined(checks, self._began and self._began[1], self._running)

    def begin(self, *, slow: bool = False) -> None:
        """Begin a round, if none is under way.

        Args:
            slow: whether the checks that read all data are made too.
        """
        checks = self._list_checks()
        with self._lock:
            if self._running:
                return
            self._running = True
            self._began = self._clock(), datetime.now(UTC)
            before = self._checked
            self._checked = {
                each.title: describe_check(each, CheckState.WAITING)
                if slow or not each.slow
                else before.get(each.title, describe_check(each, CheckState.ON_REQUEST))
                for each in checks
            }
        run_in_thread(lambda: self._run([each for each in checks if slow or not each.slow]))

    def _run(self, checks: list[Check]) -> None:
        leave_budget()  # of the request that began it
        try:
            for checked in make_checks(checks, self._make):
                self._note(checked)
        finally:
            with self._lock:
                self._running = False

    def _make(self, check: Check) -> Checked:
        with self._lock:
            self._since = self._clock()
            self._checked[check.title] = describe_check(check, CheckState.RUNNING)
            result = self._hanging.pop(check.title, None) or begin_check(check)
        checked = wait_for_check(check, result, self._quick_seconds, clock=self._clock)
        if checked.state is CheckState.LATE:
            with self._lock:
                self._hanging[check.title] = result
        return checked

    def _note(self, checked: Checked) -> None:
        with self._lock:
            self._checked[checked.title] = checked

    def _add_seconds(self, checked: Checked) -> Checked:
        if checked.state is not CheckState.RUNNING or self._since is None:
            return checked
        return checked._replace(seconds=self._clock() - self._since)
