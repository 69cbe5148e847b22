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
    """Until when one request may wait; it counts from its first call."""

    __slots__ = ("until",)

    def __init__(self) -> None:
        self.until: float | None = None


# What a request hands to threads is copied with its context, so they share the budget.
_budget: ContextVar[_Budget | None] = ContextVar("budget", default=None)


def allow(seconds: float) -> float:
    """Return how many seconds the next call of this request may take.

    Args:
        seconds: for all calls of a request together, and for a call outside of requests.
    """
    budget = _budget.get()
    if budget is None:
        return seconds
    now = time.monotonic()
    if budget.until is None:
        budget.until = now + seconds
    return max(budget.until - now, min(QUICK_SECONDS, seconds))


class Budgeted:
    """Middleware that gives each request a budget.

    The budget begins with the first call, so a body that arrives slowly takes nothing of it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        before = _budget.set(_Budget())
        try:
            await self._app(scope, receive, send)
        finally:
            _budget.reset(before)


def leave_budget() -> None:
    """Let what this request does from now on be bounded call by call, as an endless answer is."""
    _budget.set(None)
