"""Limit the requests of each caller: of an account, or of an address for those without one.

The API key is not limited. Counted is in the memory of this process, so no request waits.
"""

import logging
from dataclasses import dataclass
from typing import cast

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from pipeline.settings import Settings
from service.callers.api_key import API_KEY, is_api_key
from service.callers.sessions import Session, Sessions
from service.callers.verified import VerifiedTokens
from service.http.addresses import name_address
from service.http.explaining import answer_problem
from service.http.problems import ProblemError
from service.http.rate_limit import RateLimit, refuse_for

FREE_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})
"""What orchestrators and monitoring ask; wrong keys are counted there too."""
_COUNT = "redraw.count"
"""The key of a request's `_Count` in its scope. Copies of a scope share it."""
_ADVICE = (
    "; it passes on requests of others (X-Forwarded-For): if it is your proxy, name it in"
    " REDRAW_LIMIT_PROXIES"
)

log = logging.getLogger(__name__)


@dataclass
class _Count:
    """For whom a request is counted."""

    address: str
    done: bool = False
    caller: str | None = None
    """The account or address that it was counted for; None if it is not limited."""


class CallerLimits:
    """The limits of one application.

    Args:
        settings: the limits, and the API key.
        tokens: ID tokens that were verified a short time ago.
        sessions: of owners; one of the API key is not limited, as the key is not.
    """

    def __init__(self, settings: Settings, tokens: VerifiedTokens, sessions: Sessions) -> None:
        self._settings = settings
        self._tokens = tokens
        self._sessions = sessions
        self._requests = RateLimit("requests", settings.limit.requests)
        self._wrong_keys = RateLimit("wrong keys", settings.limit.wrong_keys)

    def enter(self, scope: Scope) -> None:
        """Count a request whose caller is known at once.

        Raises:
            ProblemError: the caller, or its address, has to wait.
        """
        count = scope[_COUNT] = _Count(name_address(scope))
        key, token = _find_credentials(scope)
        if key is not None:
            self._enter_with_key(count, key.encode("latin-1"))
        elif scope["path"] in FREE_PATHS:
            count.done = True
        elif token is None:
            self._enter_without_credentials(count, self._sessions.find(scope))
        elif (claims := self._tokens.find(token)) is not None:
            self._take(count, name_account(str(claims["uid"])))
        else:
            count.address = _with_tokens(count.address)
            _refuse(self._requests.check(count.address))

    def admit(self, scope: Scope, uid: str) -> None:
        """Count a request whose token was just verified.

        Raises:
            ProblemError: the account has to wait.
        """
        if not scope[_COUNT].done:
            self._take(scope[_COUNT], name_account(uid))

    def leave(self, scope: Scope) -> None:
        """Count a request whose token is not valid, or was not looked at, for its address.

        Such requests are counted apart, so that they keep none out who send no token, and the other
        way round.
        """
        count = scope[_COUNT]
        if not count.done:
            self._requests.take(count.address)

    def charge(self, scope: Scope, cost: int) -> None:
        """Let a request that was counted once count as `cost` requests.

        Raises:
            ProblemError: the caller has to wait.
        """
        caller = scope[_COUNT].caller
        if caller is not None and cost > 1:
            _refuse(self._requests.take(caller, cost - 1))

    def try_key(self, scope: Scope, key: bytes) -> bool:
        """Return whether this is the API key, and count wrong ones, so that no caller can try many.

        Args:
            scope: of the request that holds the key, in its body.
            key: the bytes that were sent.

        Raises:
            ProblemError: too many wrong ones came from this address; the key was not looked at.
        """
        return self._try_key(scope[_COUNT].address, key)

    def _try_key(self, address: str, key: bytes) -> bool:
        _refuse(self._wrong_keys.check(address), "Too many requests with a wrong API key")
        if is_api_key(key, self._settings):
            return True
        self._wrong_keys.take(address)
        return False

    def _enter_with_key(self, count: _Count, key: bytes) -> None:
        if self._try_key(count.address, key):
            count.done = True
        else:
            self._take(count, count.address)

    def _enter_without_credentials(self, count: _Count, session: Session | None) -> None:
        if session is None:
            self._take(count, count.address)
        elif session.owner == API_KEY:
            count.done = True
        else:
            self._take(count, name_account(session.owner))

    def _take(self, count: _Count, caller: str) -> None:
        count.done, count.caller = True, caller
        _refuse(self._requests.take(caller))


class LimitCallers:
    """Middleware that refuses those who have to wait, before anything is read or looked up."""

    def __init__(self, app: ASGIApp, limits: CallerLimits) -> None:
        self._app, self._limits = app, limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            self._limits.enter(scope)
        except ProblemError as problem:
            passed_on = any(name == b"x-forwarded-for" for name, _ in scope["headers"])
            log.warning("a caller is refused for a while%s", _ADVICE if passed_on else "")
            await answer_problem(Request(scope), problem)(scope, receive, send)
            return
        try:
            await self._app(scope, receive, send)
        finally:
            self._limits.leave(scope)


def name_account(uid: str) -> str:
    """Return how an account is counted; no address is spelled so."""
    return f"account {uid}"


def _with_tokens(address: str) -> str:
    return f"{address} with tokens"


def _find_credentials(scope: Scope) -> tuple[str | None, str | None]:
    """Return the API key and the ID token that a request sends, None for what it does not."""
    key = token = None
    for name, value in cast("list[tuple[bytes, bytes]]", scope["headers"]):
        if name == b"x-api-key":
            key = value.decode("latin-1")
        elif name == b"authorization":
            scheme, _, credentials = value.decode("latin-1").partition(" ")
            if scheme.lower() == "bearer":
                token = credentials.strip()
    return key, token


def _refuse(seconds: float, detail: str = "Too many requests") -> None:
    if seconds > 0:
        raise refuse_for(seconds, detail)
