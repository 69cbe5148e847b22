"""The owner who signed in at a page, from the cookie of the session.

A request that changes something must also hold the session's form token, and come from a page of
this service: a page of another origin can send neither.
"""

import hmac
from typing import Annotated

from fastapi import Depends, Request

from service.callers.sessions import Session
from service.http.problems import NOT_OWNER, ProblemError
from service.wiring import Wired, Wiring

FORM_TOKEN = "form_token"
"""The name of the field of each form."""
FORM_TOKEN_HEADER = "X-Form-Token"
"""The header of requests that scripts make."""
READING = frozenset({"GET", "HEAD"})
_OWN_SITES = frozenset({"same-origin", "none"})


class SignInNeeded(Exception):
    """The page is for an owner who signed in."""


def read_session(request: Request, wiring: Wiring) -> Session | None:
    """Return the session of a request; None if there is none that is valid."""
    return wiring.sessions.read(request.cookies.get(wiring.sessions.cookie))


async def require_session(request: Request, wiring: Wired) -> str:
    """Return the name of the owner who signed in: "api-key", or the uid of an account.

    Raises:
        SignInNeeded: there is no valid session.
        ProblemError: what changes something does not come from a page of this session.
    """
    session = read_session(request, wiring)
    if session is None:
        raise SignInNeeded
    request.state.session = session
    if request.method not in READING:
        await check_form(request, session.form_token)
    return session.owner


SignedIn = Annotated[str, Depends(require_session)]
"""The name of an owner who signed in at a page."""


async def check_form(request: Request, form_token: str) -> None:
    """Let a request pass that comes from a page of this service, and holds this form token.

    Raises:
        ProblemError: it does not.
    """
    site = request.headers.get("sec-fetch-site", "none")
    token = request.headers.get(FORM_TOKEN_HEADER)
    if token is None:
        token = str((await request.form()).get(FORM_TOKEN, ""))
    if site not in _OWN_SITES or not hmac.compare_digest(token.encode(), form_token.encode()):
        raise ProblemError(
            NOT_OWNER, "The form does not belong to your session: reload the page and try again."
        )
