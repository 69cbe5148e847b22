"""Conditional requests: what `If-None-Match` asks (RFC 9110, 13.1.2), and tags of JSON answers."""

import hashlib
import re
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PREFIX = "/v1/"
CACHE_CONTROL = "private, no-cache"
"""No shared cache keeps an owner's answer, and each one is asked for again, with its tag."""


def lists_tag(if_none_match: str | None, tag: str) -> bool:
    """Return whether the header lists `tag`, by weak comparison; a missing header lists none.

    Proxies that compress an answer turn its tag into a weak one, `W/"..."`.
    """
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or tag in re.findall(r'"[^"]*"', if_none_match)


class EntityTags:
    """Middleware that gives each JSON answer to a GET below /v1/ the tag of its body.

    The tag is strong: the same bytes have the same tag. A caller that sends it back as
    `If-None-Match` gets 304 without a body while nothing has changed. Answers with a tag of their
    own, errors, streams, and those that no cache may store stay as they are.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (
            scope["type"] != "http"
            or scope["method"] != "GET"
            or not scope["path"].startswith(PREFIX)
        ):
            await self._app(scope, receive, send)
            return
        held: Message | None = None

        async def send_tagged(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start" and _is_taggable(message):
                held = message
                return
            if held is not None:
                start, held = held, None
                # The body of a JSON answer is one message; a stream has no tag.
                if message["type"] == "http.response.body" and not message.get("more_body"):
                    message = _tag(start, message, Headers(scope=scope).get("If-None-Match"))
                await send(start)
            await send(message)

        await self._app(scope, receive, send_tagged)


def _is_taggable(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    return (
        start["status"] == HTTPStatus.OK
        and headers.get("Content-Type") == "application/json"
        and "ETag" not in headers
        and headers.get("Cache-Control") != "no-store"
    )


def _tag(start: Message, body: Message, if_none_match: str | None) -> Message:
    """Add the tag to the start of an answer, and return its body, empty if the caller has it."""
    headers = MutableHeaders(raw=start["headers"])
    tag = f'"{hashlib.sha256(body.get("body", b"")).hexdigest()[:32]}"'
    headers["ETag"] = tag
    headers.setdefault("Cache-Control", CACHE_CONTROL)
    start["headers"] = headers.raw
    if not lists_tag(if_none_match, tag):
        return body
    start["status"] = HTTPStatus.NOT_MODIFIED.value
    del headers["Content-Length"], headers["Content-Type"]
    start["headers"] = headers.raw
    return {**body, "body": b""}
