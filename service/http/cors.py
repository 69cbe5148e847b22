"""Let web pages of other origins read answers (CORS), as the game is served from another origin.

The Fetch standard says what browsers ask for: https://fetch.spec.whatwg.org/#http-cors-protocol.
Starlette's CORSMiddleware is not used, since it has one rule for all paths, and answers a page
that is not allowed with a text instead of a problem document.
"""

import re
from typing import NamedTuple

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.service_settings import CorsSettings, split_origins

PUBLIC_PATHS = re.compile(r"/v1/release|/v1/models/[^/]+/files/[^/]+")
"""What game clients read: the release, and the files of versions."""
PLAYERS_ROUTES = re.compile(r"[A-Z]+ /v1/predict|POST /v1/corrections")
"""What game clients send, by method and path; GET on the same path is the owner's."""
FORGETTING = re.compile(r"DELETE /v1/players/.+", re.DOTALL)
"""What they may also send where players may have themselves forgotten."""
EXPOSED = "ETag, Age, Redraw-Stale, Retry-After, Location, Idempotency-Replayed, X-Request-ID"
MAX_AGE_SECONDS = 7200
"""How long a browser may remember what it is allowed; Chromium accepts no more than this."""


class _Rule(NamedTuple):
    origins: frozenset[str]
    methods: str
    headers: str | None
    """The request headers that a page may set; None: any."""


class CrossOrigin:
    """Middleware that answers preflight requests and marks every answer, errors too.

    It has to be the outermost one: what an inner one answers is marked as well. Cookies and other
    credentials of the browser are never asked for; an owner's page sends its key as a header.
    """

    def __init__(
        self, app: ASGIApp, settings: CorsSettings, *, forget_by_players: bool = False
    ) -> None:
        self._app = app
        self._players_routes = [PLAYERS_ROUTES, *([FORGETTING] if forget_by_players else [])]
        self._public = _Rule(split_origins(settings.origins), "GET, HEAD", None)
        self._player = _Rule(
            self._public.origins,
            "POST, DELETE",
            "Authorization, Content-Type, Idempotency-Key, X-Firebase-AppCheck",
        )
        self._owner = _Rule(
            split_origins(settings.owner_origins),
            "GET, HEAD, POST",
            "X-API-Key, Authorization, Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID",
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        asked = Headers(scope=scope)
        planned = asked.get("Access-Control-Request-Method")
        is_preflight = scope["method"] == "OPTIONS" and planned is not None
        rule = self._choose_rule(planned if is_preflight else scope["method"], scope["path"])
        marks = _marks(rule, asked.get("Origin"))
        if is_preflight:
            await Response(status_code=204, headers=marks | _permission(rule, asked, marks))(
                scope, receive, send
            )
            return

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in marks.items():
                    headers.append(name, value)
            await send(message)

        await self._app(scope, receive, send_marked)

    def _choose_rule(self, method: str | None, path: str) -> _Rule:
        """Return the rule for a request, or for the one that a preflight request announces."""
        if PUBLIC_PATHS.fullmatch(path):
            return self._public
        sends = any(route.fullmatch(f"{method} {path}") for route in self._players_routes)
        return self._player if sends else self._owner


def _marks(rule: _Rule, origin: str | None) -> dict[str, str]:
    """Return the headers of an answer to a page of `origin`; None: to other clients."""
    if "*" in rule.origins:
        # Sent to all, also to those who named no origin: a cache may keep the answer for a page.
        return {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": EXPOSED}
    if not rule.origins:
        return {}
    if origin not in rule.origins:
        return {"Vary": "Origin"}
    return {
        "Access-Control-Allow-Origin": str(origin),
        "Access-Control-Expose-Headers": EXPOSED,
        "Vary": "Origin",
    }


def _permission(rule: _Rule, asked: Headers, marks: dict[str, str]) -> dict[str, str]:
    """Return what a preflight answer adds; nothing for a page that may not read the answer."""
    if "Access-Control-Allow-Origin" not in marks:
        return {}
    permission = {
        "Access-Control-Allow-Methods": rule.methods,
        "Access-Control-Max-Age": str(MAX_AGE_SECONDS),
    }
    headers = rule.headers or asked.get("Access-Control-Request-Headers")
    return permission | ({"Access-Control-Allow-Headers": headers} if headers else {})
