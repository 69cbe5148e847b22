"""Make checks one after another, and wait for none of them without end.

Each check is made in a thread of its own. One that hangs is left after a while, and the next one
begins: what a doctor is for is the day on which things hang.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, wait
from enum import StrEnum
from typing import NamedTuple

from service.backends.single_flight import run_in_thread
from service.checks.check import REACHING, Check, Finding

QUICK_SECONDS = 15.0
"""How long a check is waited for."""
SLOW_SECONDS = 1800.0
"""Likewise one that reads all data."""

Clock = Callable[[], float]


class CheckState(StrEnum):
    """How far a check is."""

    WAITING = "waiting"
    """Its turn comes."""
    RUNNING = "running"
    """It is being made."""
    DONE = "done"
    """It has found what it names."""
    LATE = "late"
    """It did not end in time; what it waits for hangs."""
    LEFT_OUT = "left out"
    """It needs Firestore and Storage, and one of them does not answer."""
    ON_REQUEST = "on request"
    """It reads all data, so it is made only when an owner asks for it."""


class Checked(NamedTuple):
    """A check, how far it is, and what it found.

    seconds: how long that took, or takes so far. chapter: where the runbook tells of it.
    """

    title: str
    state: CheckState
    findings: tuple[Finding, ...] = ()
    seconds: float | None = None
    chapter: str = ""

    @property
    def problems(self) -> list[Finding]:
        """What is wrong."""
        return [each for each in self.findings if each.problem is not None]

    @property
    def unknown(self) -> bool:
        """Whether nothing of it could be looked at."""
        return bool(self.findings) and all(each.unknown is not None for each in self.findings)

    @property
    def failed(self) -> bool:
        """Whether it found something wrong, or did not end in time."""
        return bool(self.problems) or self.state is CheckState.LATE


def describe_check(check: Check, state: CheckState) -> Checked:
    """Return a check that has found nothing yet."""
    return Checked(check.title, state, chapter=check.chapter)


def make_checks(checks: Iterable[Check], make: Callable[[Check], Checked]) -> Iterator[Checked]:
    """Make checks in their order, and yield what each found.

    Those that read what lies in the project are left out while Firestore or Storage does not
    answer: they would wait in vain for each of its objects.

    Args:
        checks: in the order in which they are to be made.
        make: makes one of them.
    """
    reachable = True
    for check in checks:
        if check.of_project and not reachable:
            yield describe_check(check, CheckState.LEFT_OUT)
            continue
        checked = make(check)
        if check.title in REACHING:
            reachable = reachable and bool(checked.findings) and not checked.problems
        yield checked


def begin_check(check: Check) -> Future[list[Finding]]:
    """Begin a check in a thread of its own, which keeps no process from ending."""
    return run_in_thread(check.find)


def wait_for_check(
    check: Check,
    result: Future[list[Finding]],
    quick_seconds: float = QUICK_SECONDS,
    slow_seconds: float = SLOW_SECONDS,
    clock: Clock = time.monotonic,
) -> Checked:
    """Return what a check found; one that does not end in time is late.

    Args:
        check: the check.
        result: what `begin_check` has returned.
        quick_seconds: how long it is waited for.
        slow_seconds: likewise if it reads all data.
        clock: returns seconds that never go back.
    """
    started = clock()
    wait([result], slow_seconds if check.slow else quick_seconds)
    taken = clock() - started
    if not result.done():
        return Checked(check.title, CheckState.LATE, (), taken, check.chapter)
    if (error := result.exception()) is not None:
        found = Finding(
            check.title,
            f"an error in Redraw itself ({type(error).__name__}): report it with this line",
        )
        return Checked(check.title, CheckState.DONE, (found,), taken, check.chapter)
    return Checked(check.title, CheckState.DONE, tuple(result.result()), taken, check.chapter)
