"""How long one request may wait for the services behind this one, all its calls together."""

import time
from contextvars import ContextVar

from starlette.types import ASGIApp, Receive, Scope, Send

QUICK_SECONDS = 0.3
"""A call that takes no longer is no sign of a fault, and may be made after that time too.

So a request that is stuck ends this much after its budget at the latest, and one that has to read
much goes on as long as it gets quick answers.
"""


class _Budget:
    """Until when one request may wait; it counts from its first call.

    away: the services that have failed in this request and are not asked again by it.
    """

    __slots__ = ("away", "seconds", "until")

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.until: float | None = None
        self.away: set[str] = set()


# What a request hands to threads is copied with its context, so they share the budget.
_budget: ContextVar[_Budget | None] = ContextVar("budget", default=None)


def allow(seconds: float) -> float:
    """Return how many of `seconds` the next call may take: fewer, late in a request."""
    budget = _budget.get()
    if budget is None:
        return seconds
    now = time.monotonic()
    if budget.until is None:
        budget.until = now + budget.seconds
    return min(seconds, max(budget.until - now, QUICK_SECONDS))


def note_away(service: str) -> None:
    """Let this request ask a service no more, as it has not answered."""
    budget = _budget.get()
    if budget is not None:
        budget.away.add(service)


def is_away(service: str) -> bool:
    """Return whether this request asks a service no more."""
    budget = _budget.get()
    return budget is not None and service in budget.away


class Budgeted:
    """Middleware that gives each request a budget.

    The budget begins with the first call, so a body that arrives slowly takes nothing of it.
    """

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        before = _budget.set(_Budget(self._seconds))
        try:
            await self._app(scope, receive, send)
        finally:
            _budget.reset(before)


def leave_budget() -> None:
    """Let what this thread does from now on be bounded call by call: it waits for something else.

    A thread of a request has a copy of its context, so the request itself keeps its budget.
    """
    _budget.set(None)
