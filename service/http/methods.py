"""Answer HEAD and OPTIONS, and say which methods a path has (RFC 9110, 9.3.2, 9.3.7 and 10.2.1)."""

from collections.abc import Iterable

from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ASKED_METHOD = "redraw.asked_method"
"""In the scope of a HEAD request, which is answered as GET: a stream must not begin for it."""


def find_methods(routes: Iterable[BaseRoute], scope: Scope) -> list[str]:
    """Return the methods of a request's path; an empty list if there is no such path.

    FastAPI makes a route of each method, and would name those of the first route alone.
    """
    known = list(routes)
    found = [
        method
        for method in METHODS
        if any(route.matches({**scope, "method": method})[0] is Match.FULL for route in known)
    ]
    if "GET" in found:
        found.insert(1, "HEAD")
    return [*found, "OPTIONS"] if found else []


class HeadAndOptions:
    """Middleware that answers HEAD as GET without the body, and OPTIONS with the methods."""

    def __init__(self, app: ASGIApp, routes: Iterable[BaseRoute]) -> None:
        self._app = app
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["method"] == "HEAD":
            as_get = {**scope, "method": "GET", ASKED_METHOD: "HEAD"}
            await self._app(as_get, receive, _without_body(send))
        elif scope["method"] == "OPTIONS" and (allowed := find_methods(self._routes, scope)):
            answer = Response(status_code=204, headers={"Allow": ", ".join(allowed)})
            await answer(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _without_body(send: Send) -> Send:
    async def send_head(message: Message) -> None:
        await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return send_head
