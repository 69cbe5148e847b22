"""Bound what one connection may take: time for each part of a request, and a place among all.

uvicorn waits for the rest of a request without end, and counts a connection only when its request
has arrived. So clients that send half a request each could keep all connections for themselves.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from service.http.problems import (
    FULL,
    MALFORMED,
    MEDIA_TYPE,
    RETRY_SECONDS,
    TIMED_OUT,
    Kind,
    write_problem,
)
from service.http.security_headers import SECURITY_HEADERS

LAST_SECONDS = 1.0
"""How long a connection that is being closed has to take the last bytes."""
LATE_BODY = (TIMED_OUT, "The body of the request did not arrive in time.")
STREAM_END_SECONDS = 0.5
"""How long a stream has to end, and its client to take that, when the process stops."""
STREAM_LOOKS = 4
"""How often within `answer_seconds` it is looked whether the client of a stream reads."""
STOP_STREAM = "redraw.stop_stream"
"""In the state of a request's scope: a function that ends its answer, which has no end of its own.

Such a stream may last longer than `answer_seconds`. Its client must take what it is sent within
that time, or it is dropped. When the process stops, the function is called.
"""


@dataclass(frozen=True)
class Limits:
    """What connections may take."""

    connections: int = 512
    head_seconds: float = 10.0
    """From the first byte of a request, or from the connection, to the end of the headers."""
    body_seconds: float = 10.0
    """From there to the end of a small body. A large one has longer: see `body_rate`."""
    body_rate: int = 4_000
    """Bytes of a body that give it one second more: a phone on a slow network sends so many."""
    longest_body_seconds: float = 120.0
    answer_seconds: float = 60.0
    """From there until the client has taken the whole answer; of a stream, all so far."""


class _Phase(Enum):
    HEAD = auto()
    BODY = auto()
    ANSWER = auto()
    IDLE = auto()
    """Between two requests; there uvicorn has a limit of its own."""


class LimitedProtocol(H11Protocol):
    """uvicorn's HTTP protocol with limits.

    When all places are taken, a new connection gets the place of the one that has been without a
    request for longest. A client that asks at once is never that one. If there is none, it gets the
    place of one whose body takes longer than a small one may. Only when every connection is being
    answered, the new one is refused.
    """

    limits: ClassVar[Limits] = Limits()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's own
        super().connection_made(transport)
        self._timer: asyncio.TimerHandle | None = None
        self._watched: tuple[_Phase, int] | None = None
        self._phase_since = self._waiting_since = self.loop.time()
        self._body_bytes = 0
        self._untaken = 0
        if len(self.connections) > self.limits.connections and not self._take_place():
            self._refuse(FULL, "All connections are in use: try again in a few seconds.")
            return
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._body_bytes += len(data)
        self._watch()

    def on_response_complete(self) -> None:
        self._waiting_since = self.loop.time()
        super().on_response_complete()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP request with a problem document; uvicorn would send a text."""
        self._refuse(MALFORMED, msg)

    @property
    def is_waiting(self) -> bool:
        """Whether no request is being answered."""
        return self.cycle is None or self.cycle.response_complete

    @property
    def is_slow(self) -> bool:
        """Whether a body is still arriving, and takes longer than a small one may."""
        watched = self._watched is not None and self._watched[0] is _Phase.BODY
        return watched and self.loop.time() - self._phase_since > self.limits.body_seconds

    def shutdown(self) -> None:
        """End a stream, and let any other answer end by itself; the process stops."""
        super().shutdown()
        stop = self._find_stream()
        if stop is not None:
            stop()
            self.loop.call_later(STREAM_END_SECONDS, self.transport.abort)

    def _find_stream(self) -> Callable[[], None] | None:
        """Return what ends the answer that is being sent, if it is a stream."""
        if self.is_waiting or self.scope is None:
            return None
        stop: Callable[[], None] | None = self.scope.get("state", {}).get(STOP_STREAM)
        return stop

    def _look_at_stream(self) -> None:
        """Drop the client of a stream that has taken nothing for `answer_seconds`; else wait."""
        self._untaken = self._untaken + 1 if self.transport.get_write_buffer_size() else 0
        if self._untaken >= STREAM_LOOKS:
            self.transport.abort()
        else:
            seconds = self.limits.answer_seconds / STREAM_LOOKS
            self._timer = self.loop.call_later(seconds, self._end, _Phase.ANSWER)

    def _take_place(self) -> bool:
        """Close the connection that has waited, or sent a body, for longest; return if any has."""
        others = [
            other
            for other in self.connections
            if isinstance(other, LimitedProtocol) and other is not self
        ]
        waiting = [other for other in others if other.is_waiting]
        if waiting:
            min(waiting, key=lambda other: other._waiting_since)._close()  # noqa: SLF001 - of this class
            return True
        slow = [other for other in others if other.is_slow]
        if slow:
            min(slow, key=lambda other: other._phase_since)._refuse(*LATE_BODY)  # noqa: SLF001 - same
        return bool(slow)

    def _find_phase(self) -> _Phase:
        if not self.is_waiting:
            return _Phase.BODY if self.conn.their_state is h11.SEND_BODY else _Phase.ANSWER
        begun = self.timeout_keep_alive_task is None or self.conn.trailing_data[0]
        return _Phase.HEAD if begun else _Phase.IDLE

    def _watch(self) -> None:
        """Start the time of a phase when it begins; more bytes of the same one change nothing."""
        if self.transport.is_closing():
            self._stop_timer()
            return
        phase = self._find_phase()
        watched = (phase, id(self.cycle))
        if watched == self._watched:
            return
        self._stop_timer()
        self._watched = watched
        self._phase_since, self._body_bytes = self.loop.time(), 0
        seconds = {
            _Phase.HEAD: self.limits.head_seconds,
            _Phase.BODY: self.limits.body_seconds,
            _Phase.ANSWER: self.limits.answer_seconds,
        }.get(phase)
        if seconds is not None:
            self._timer = self.loop.call_later(seconds, self._end, phase)

    def _end(self, phase: _Phase) -> None:
        """End the connection, as the time of a phase is over."""
        if phase is _Phase.ANSWER and self._find_stream() is not None:
            self._look_at_stream()
        elif phase is _Phase.ANSWER:
            self.transport.abort()
        elif phase is _Phase.BODY:
            seconds = self._find_body_seconds() - (self.loop.time() - self._phase_since)
            if seconds > 0:  # bytes that came meanwhile gave it more time
                self._timer = self.loop.call_later(seconds, self._end, phase)
            else:
                self._refuse(*LATE_BODY)
        elif self.conn.trailing_data[0]:
            self._refuse(TIMED_OUT, "The headers of the request did not arrive in time.")
        else:
            self._close()  # browsers open connections that they may never use

    def _find_body_seconds(self) -> float:
        """Return how long the body may take, by how much of it is here."""
        limits = self.limits
        seconds = limits.body_seconds + self._body_bytes / limits.body_rate
        return min(seconds, max(limits.body_seconds, limits.longest_body_seconds))

    def _refuse(self, kind: Kind, detail: str) -> None:
        """Send a problem document, unless an answer has begun, and close the connection."""
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            body = write_problem(kind, detail, "" if self.scope is None else self.scope["path"])
            headers = {
                "Content-Type": MEDIA_TYPE,
                "Content-Length": str(len(body)),
                "Cache-Control": "no-store",
                "Connection": "close",
                **SECURITY_HEADERS,
            }
            if kind is FULL:
                headers["Retry-After"] = str(RETRY_SECONDS)
            events: tuple[Any, ...] = (
                h11.Response(
                    status_code=kind.status, headers=list(headers.items()), reason=kind.title
                ),
                h11.Data(data=body),
                h11.EndOfMessage(),
            )
            for event in events:
                self.transport.write(self.conn.send(event) or b"")
        self._close()

    def _close(self) -> None:
        self._stop_timer()
        self.connections.discard(self)  # its place is free at once, however many come now
        if self.cycle is not None:
            # The application may still be working; what it sends from now on is dropped.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.close()
        self.loop.call_later(LAST_SECONDS, self.transport.abort)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def limit_connections(limits: Limits) -> type[LimitedProtocol]:
    """Return a protocol class with these limits."""
    return type("Limited", (LimitedProtocol,), {"limits": limits})
