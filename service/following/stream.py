"""Send the events of a run to one listener, as server-sent events."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import NamedTuple

from sse_starlette import EventSourceResponse, ServerSentEvent
from sse_starlette.sse import AppStatus
from starlette.types import Receive, Scope, Send

from service.following.events import SEPARATOR, Event, say_unavailable, write_events
from service.following.feed import Feed
from service.http.connections import STOP_STREAM
from service.http.methods import ASKED_METHOD

KEEP_ALIVE_SECONDS = 15
"""How often a comment is sent where nothing happens: proxies close what is silent for long."""
RETRY_MILLISECONDS = 3000
"""How long a browser waits before it connects again."""
_GREETING = ServerSentEvent(
    comment="the events of a run; a comment every 15 s shows that the stream is alive",
    retry=RETRY_MILLISECONDS,
    sep=SEPARATOR,
).encode()
_FAREWELL = ServerSentEvent(
    comment="this process stops: connect again with Last-Event-ID", sep=SEPARATOR
).encode()

# The library would set a variable of its own for all applications of the process when any server
# is told to stop, and cut the streams. Here the connection tells each stream, see `STOP_STREAM`.
AppStatus.disable_automatic_graceful_drain()  # type: ignore[no-untyped-call] # the library's


class Form(NamedTuple):
    """How a stream says what it has to say.

    write: returns new events, at least one, as they are sent. say_unavailable: returns what is sent
    while the run cannot be read, given why.
    """

    write: Callable[[Sequence[Event]], bytes]
    say_unavailable: Callable[[str], bytes]


JSON_FORM = Form(write_events, say_unavailable)
"""As the API describes it."""


class RunStream(EventSourceResponse):
    """The answer to a listener: what has happened after `last`, then what happens.

    Args:
        feed: of the run.
        last: the number of the last event that the listener has; -1: none.
        form: in which it is sent.
    """

    def __init__(self, feed: Feed, last: int, form: Form = JSON_FORM) -> None:
        self._feed, self._last, self._form = feed, last, form
        self._wake_up = asyncio.Event()
        self._stopping = False
        super().__init__(
            self._listen(),
            sep=SEPARATOR,
            ping=KEEP_ALIVE_SECONDS,
            ping_message_factory=lambda: ServerSentEvent(comment="alive", sep=SEPARATOR),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request. The connection may end the stream when the process stops."""
        scope.setdefault("state", {})[STOP_STREAM] = self._stop
        method = scope.get(ASKED_METHOD, scope["method"])
        await super().__call__({**scope, "method": method}, receive, send)

    def _stop(self) -> None:
        self._stopping = True
        self._wake_up.set()

    async def _listen(self) -> AsyncIterator[bytes]:
        feed, told = self._feed, None
        feed.wake_ups.add(self._wake_up)
        try:
            yield _GREETING
            if not feed.ended:
                await feed.begin()  # it may have become idle since the request
            while True:
                self._wake_up.clear()
                new = [event for event in feed.events if event.number > self._last]
                if new:
                    self._last = new[-1].number
                    yield self._form.write(new)
                fault = feed.explain_fault()
                if fault is not None and fault != told:
                    yield self._form.say_unavailable(fault)
                told = fault
                if feed.ended:
                    return
                if self._stopping:
                    yield _FAREWELL
                    return
                await self._wake_up.wait()
        finally:
            feed.wake_ups.discard(self._wake_up)
