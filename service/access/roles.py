"""The caller of a route, and which callers a route allows: an owner, a player, or anyone.

An owner sends the API key, or a Firebase ID token with the claim of `claims.py`. A player sends any
valid ID token. A route says whom it allows by the type of a parameter: `Owner`, `Player`, `Visitor`
or `Public`; `rules.py` reads that from the route.
"""

import logging
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from anyio import to_thread
from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from pipeline.errors import Unavailable
from service.callers.api_key import API_KEY, is_api_key
from service.callers.claims import ADMIN_CLAIM_TEXT, Claims, is_admin
from service.callers.tokens import InvalidToken
from service.callers.verified import VerifiedTokens
from service.http.problems import (
    NOT_OWNER,
    NOT_PLAYER,
    RETRY_SECONDS,
    UNAUTHENTICATED,
    UNAVAILABLE,
    ProblemError,
)
from service.wiring import Wired, Wiring

log = logging.getLogger(__name__)

_READING = frozenset({"GET", "HEAD"})

_API_KEY = APIKeyHeader(
    name="X-API-Key",
    scheme_name="ApiKey",
    description="The setting REDRAW_API_KEY.",
    auto_error=False,
)
_BEARER = HTTPBearer(
    scheme_name="FirebaseIdToken",
    description=(
        f"A Firebase ID token: of a player, or with the claim {ADMIN_CLAIM_TEXT} of an owner."
    ),
    auto_error=False,
)


class Role(StrEnum):
    """What a caller is."""

    OWNER = "owner"
    PLAYER = "player"
    NOBODY = "nobody"
    """Sends no credentials."""


@dataclass(frozen=True)
class Caller:
    """Who calls.

    uid: of the account; "api-key" for the API key, None without credentials.
    """

    role: Role
    uid: str | None = None


async def identify(
    request: Request,
    wiring: Wired,
    api_key: Annotated[str | None, Security(_API_KEY)],
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)],
) -> Caller:
    """Return who calls. Credentials that are sent must be valid, also where none are needed.

    What is the same for all routes finds the caller in `request.state.caller`.
    """
    token = None if bearer is None else bearer.credentials
    caller: Caller = await _find_caller(request, wiring, api_key, token)
    request.state.caller = caller
    return caller


async def _find_caller(
    request: Request, wiring: Wiring, api_key: str | None, token: str | None
) -> Caller:
    if api_key is not None:
        if token is not None:
            # They may name two callers, and whatever was chosen would surprise one of them.
            raise _unauthenticated("send X-API-Key or Authorization, not both")
        if not is_api_key(api_key.encode("latin-1"), wiring.settings):
            raise _unauthenticated("the API key is not valid: it must be what REDRAW_API_KEY holds")
        return Caller(Role.OWNER, API_KEY)
    if token is None:
        return Caller(Role.NOBODY)
    known = wiring.tokens.find(token)
    if known is not None:
        caller = _read_claims(known)
        # What an owner changes is worth asking whether the token was revoked in the last minute.
        if caller.role is not Role.OWNER or request.method in _READING:
            return caller
    caller = _read_claims(await to_thread.run_sync(_verify, token, wiring.tokens))
    wiring.limits.admit(request.scope, str(caller.uid))
    return caller


async def find_caller(request: Request, wiring: Wiring) -> Caller:
    """Return who calls, as `identify` does, to a route that FastAPI solves nothing for."""
    return await identify(request, wiring, await _API_KEY(request), await _BEARER(request))


def verify_owner(token: str, wiring: Wiring) -> Claims:
    """Return the claims of an owner's ID token, asked anew; it waits for Google.

    Raises:
        ProblemError: the token is not valid, is not an owner's, or cannot be verified now.
    """
    claims = _verify(token, wiring.tokens)
    check_owner(_read_claims(claims))
    return claims


def check_owner(caller: Caller) -> str:
    """Return the name of an owner: "api-key", or the uid. Any other caller gets 401 or 403."""
    _refuse_nobody(caller, "send X-API-Key, or Authorization: Bearer with a Firebase ID token")
    if caller.role is not Role.OWNER:
        raise ProblemError(
            NOT_OWNER, f"The account lacks the claim {ADMIN_CLAIM_TEXT}: `redraw admins` grants it."
        )
    return str(caller.uid)


def check_player(caller: Caller) -> str:
    """Return the uid of an account, which may be an owner's. Any other caller gets 401 or 403."""
    _refuse_nobody(caller, "send Authorization: Bearer with the player's Firebase ID token")
    if caller.uid == API_KEY:
        raise ProblemError(
            NOT_PLAYER, "The API key is no player: send the Firebase ID token of an account."
        )
    return str(caller.uid)


# The dependencies are no plain functions: FastAPI would call those in a thread of the pool.
async def require_owner(caller: Annotated[Caller, Depends(identify)]) -> str:
    """Return the name of an owner, as `check_owner` does."""
    return check_owner(caller)


async def require_player(caller: Annotated[Caller, Depends(identify)]) -> str:
    """Return the uid of an account, as `check_player` does."""
    return check_player(caller)


async def allow_all() -> None:
    """Let every caller pass, without a look at credentials."""


Owner = Annotated[str, Depends(require_owner)]
"""The name of an owner: "api-key", or the uid of an account."""
Player = Annotated[str, Depends(require_player)]
"""The uid of a player's account."""
Visitor = Annotated[Caller, Depends(identify)]
"""Any caller, also one without credentials."""
Public = Annotated[None, Depends(allow_all)]
"""Says that a route is for all, and looks at no credentials."""


def name_owner(owner: str) -> str:
    """Return how the history of releases names a caller: "owner" for an API key, or the uid."""
    return "owner" if owner == API_KEY else owner


def describe_owner(owner: str) -> str:
    """Return how the log names an owner: by what was sent, not by who it is."""
    return "the API key" if owner == API_KEY else "an owner's account"


def _verify(token: str, tokens: VerifiedTokens) -> Claims:
    try:
        return tokens.verify(token)
    except InvalidToken as error:
        raise _unauthenticated(
            str(error), 'Bearer realm="redraw", error="invalid_token"'
        ) from error
    except Unavailable as error:
        log.warning("a token could not be verified: %s", error)
        detail = (
            "The token cannot be verified, as Google does not answer. "
            "Try again in a few seconds, or use the API key."
        )
        raise ProblemError(UNAVAILABLE, detail, {"Retry-After": str(RETRY_SECONDS)}) from error


def _read_claims(claims: Claims) -> Caller:
    role = Role.OWNER if is_admin(claims) else Role.PLAYER
    return Caller(role, str(claims["uid"]))


def _refuse_nobody(caller: Caller, advice: str) -> None:
    if caller.role is Role.NOBODY:
        raise _unauthenticated(advice)


def _unauthenticated(detail: str, challenge: str = 'Bearer realm="redraw"') -> ProblemError:
    return ProblemError(UNAUTHENTICATED, detail, {"WWW-Authenticate": challenge})
