"""Dependencies of the routes: the parts of this application, and the caller's identity."""

import hashlib
import hmac
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from pipeline.errors import Unavailable
from pipeline.ports import Ports
from pipeline.settings import Settings
from service.auth import InvalidToken
from service.problems import NOT_OWNER, RETRY_SECONDS, UNAUTHENTICATED, UNAVAILABLE, ProblemError
from service.release_cache import ReleaseCache
from service.version_files import VersionFiles

log = logging.getLogger(__name__)

Enqueue = Callable[[str], None]
VerifyToken = Callable[[str], Mapping[str, Any]]

API_KEY = "api-key"
"""The caller who sends the API key, and so is no account."""

_API_KEY = APIKeyHeader(
    name="X-API-Key",
    scheme_name="ApiKey",
    description="The setting REDRAW_API_KEY.",
    auto_error=False,
)
_BEARER = HTTPBearer(
    scheme_name="FirebaseIdToken",
    description="A Firebase ID token with the claim `admin: true`.",
    auto_error=False,
)


@dataclass(frozen=True)
class Wiring:
    """The parts that the routes of one application share."""

    settings: Settings
    ports: Ports
    enqueue: Enqueue
    verify_token: VerifyToken
    probes: Mapping[str, Callable[[], Future[str | None]]]
    release: ReleaseCache
    files: VersionFiles


# Not a plain function: FastAPI would call that in the thread pool, which may be used up.
async def _wiring(request: Request) -> Wiring:
    wiring: Wiring = request.app.state.wiring
    return wiring


Wired = Annotated[Wiring, Depends(_wiring)]


def _owner(
    wiring: Wired,
    api_key: Annotated[str | None, Security(_API_KEY)],
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)],
) -> str:
    """Return the caller: "api-key", or the uid of an admin. Any other caller gets 401 or 403."""
    if api_key is not None:
        if not _is_api_key(api_key, wiring.settings):
            raise _unauthenticated("the API key is not valid: it must be what REDRAW_API_KEY holds")
        return API_KEY
    if bearer is None:
        raise _unauthenticated("send X-API-Key, or Authorization: Bearer with a Firebase ID token")
    claims = _verify_token(bearer.credentials, wiring.verify_token)
    # `is True`: the text "false" as a claim is true to Python.
    if claims.get("admin") is not True:
        raise ProblemError(
            NOT_OWNER, "The account lacks the claim `admin: true`; an admin can grant it."
        )
    return str(claims["uid"])


Owner = Annotated[str, Depends(_owner)]


def name_owner(owner: str) -> str:
    """Return how the history of releases names a caller: "owner" for an API key, or the uid."""
    return "owner" if owner == API_KEY else owner


def _is_api_key(presented: str, settings: Settings) -> bool:
    """Return whether `presented` is the API key.

    The digests are compared: they are of one length, and `compare_digest` takes the same time
    wherever they differ. So the time of the answer reveals nothing about the key.
    """
    if settings.api_key is None:
        return False
    # Starlette decodes headers as Latin-1; encoding them again gives the bytes that were sent.
    digests = (
        hashlib.sha256(key).digest()
        for key in (presented.encode("latin-1"), settings.api_key.get_secret_value().encode())
    )
    return hmac.compare_digest(*digests)


def _verify_token(token: str, verify_token: VerifyToken) -> Mapping[str, Any]:
    try:
        return verify_token(token)
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


def _unauthenticated(detail: str, challenge: str = 'Bearer realm="redraw"') -> ProblemError:
    return ProblemError(UNAUTHENTICATED, detail, {"WWW-Authenticate": challenge})
