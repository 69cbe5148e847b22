"""Tell browsers how little they may do with an answer (https://owasp.org/www-project-secure-headers/).

Pages of games load files of versions from here, so other origins may read answers; which ones is
said by `cors`. Pages name their own policy.
"""

from collections.abc import Mapping
from typing import Literal

from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECURITY_HEADERS: Mapping[str, str] = {
    # An answer is what its type says; it is never taken for a script or a page.
    "X-Content-Type-Options": "nosniff",
    # Shown as a page, an answer loads and runs nothing, and no other page may frame it.
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    # Without it, pages that isolate themselves (COEP) could not load the files of a version.
    "Cross-Origin-Resource-Policy": "cross-origin",
}
HSTS = {"Strict-Transport-Security": "max-age=31536000"}
"""Browsers that came by HTTPS never come by HTTP again for a year. Sent in production, to those who
came by HTTPS: the proxy that ends it says so by X-Forwarded-Proto."""


class SecurityHeaders:
    """Middleware that adds these headers to every answer, where a route has not set its own."""

    def __init__(self, app: ASGIApp, environment: Literal["development", "production"]) -> None:
        self._app = app
        self._plain = _encode(SECURITY_HEADERS)
        self._https = self._plain + (_encode(HSTS) if environment == "production" else [])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        added = self._https if scope.get("scheme") == "https" else self._plain

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                own = {name.lower() for name, _ in headers}
                headers.extend(pair for pair in added if pair[0] not in own)
                message = {**message, "headers": headers}
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _encode(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), text.encode()) for name, text in headers.items()]
