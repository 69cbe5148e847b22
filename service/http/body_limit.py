"""Limit the size of a request's body, and the memory that all bodies together take."""

from collections.abc import Mapping

from fastapi import HTTPException, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.settings import Settings
from service.http.explaining import answer_http_exception
from service.http.problems import RETRY_SECONDS
from service.schemas.predict import BATCH

ORDINARY_BYTES = 16_384
"""The largest body where a route has no limit of its own."""
FIELDS_BYTES = 4_096
"""Room for what else is said about one drawing."""
STROKES_BYTES = 524_288
"""Room for the strokes of one drawing: 20,000 points at 26 characters each."""
ALL_BYTES = 64 * 2**20
"""What large bodies may take together; parsed, they take a few times as much."""


def body_limits(settings: Settings) -> Mapping[tuple[str, str], int]:
    """Return the largest body in bytes, by method and path, of the routes that take drawings."""
    # Base64 writes 4 characters for 3 bytes.
    drawing = -(-settings.max_canvas_bytes // 3) * 4 + FIELDS_BYTES
    return {
        ("POST", "/v1/predict"): BATCH * drawing,
        ("POST", "/v1/corrections"): drawing + STROKES_BYTES,
        ("POST", "/play/answers"): drawing + STROKES_BYTES,
    }


class BodyRefused(HTTPException):
    """A body is not read any further.

    While FastAPI reads a body, it turns any exception but an HTTPException into a 400.
    """


class BodyLimit:
    """Middleware that refuses a body that is too large, at once or as soon as it becomes so.

    A declared length is looked at before a byte is read, but only if the route reads a body at all:
    an unknown path is answered as such. What arrives is counted too, as a client may declare no
    length. Large bodies share a room: each holds its part until its request is answered.

    Args:
        app: the application behind this.
        limits: the largest body in bytes by method and path; elsewhere it is ORDINARY_BYTES.
        all_bytes: the room of all bodies that are larger than ORDINARY_BYTES.
    """

    def __init__(
        self, app: ASGIApp, limits: Mapping[tuple[str, str], int], all_bytes: int = ALL_BYTES
    ) -> None:
        self._app = app
        self._limits = limits
        self._free_bytes = max(all_bytes, *limits.values(), 0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _has_body(scope):
            await self._app(scope, receive, send)
            return
        limit = self._limits.get((scope["method"], scope["path"]), ORDINARY_BYTES)
        declared_bytes = _read_declared_bytes(scope)
        num_bytes = held_bytes = 0
        answered = False

        async def receive_limited() -> Message:
            nonlocal num_bytes, held_bytes
            if declared_bytes > limit:
                raise _too_large(limit)
            message = await receive()
            num_bytes += len(message.get("body", b""))
            if num_bytes > limit:
                raise _too_large(limit)
            if num_bytes > ORDINARY_BYTES:
                more_bytes = num_bytes - held_bytes
                if more_bytes > self._free_bytes:
                    raise _no_room()
                self._free_bytes -= more_bytes
                held_bytes += more_bytes
            return message

        async def send_noted(message: Message) -> None:
            nonlocal answered
            answered = True
            await send(message)

        try:
            await self._app(scope, receive_limited, send_noted)
        except BodyRefused as refusal:
            # Another middleware has read the body, so no handler of the application has seen this.
            if answered:
                raise
            await answer_http_exception(Request(scope), refusal)(scope, receive, send)
        finally:
            self._free_bytes += held_bytes


def _has_body(scope: Scope) -> bool:
    return any(name in {b"content-length", b"transfer-encoding"} for name, _ in scope["headers"])


def _read_declared_bytes(scope: Scope) -> int:
    """Return the Content-Length, 0 if there is none. The server has checked that it is a number."""
    return next((int(value) for name, value in scope["headers"] if name == b"content-length"), 0)


def _too_large(limit: int) -> BodyRefused:
    return BodyRefused(413, f"a body has {limit:,} bytes at most")


def _no_room() -> BodyRefused:
    return BodyRefused(
        503,
        "too many large bodies arrive at the same time: try again in a few seconds",
        {"Retry-After": str(RETRY_SECONDS)},
    )
