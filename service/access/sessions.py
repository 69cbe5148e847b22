"""The owner who signed in at a page, from the cookie of the session.

A request that changes something must also hold the session's form token, and come from a page of
this service: a page of another origin can send neither.
"""

import hmac
from typing import Annotated
from urllib.parse import urlsplit

from anyio import to_thread
from fastapi import Depends, Request

from pipeline.errors import Unavailable
from service.callers.api_key import API_KEY
from service.callers.owners import NoOwner
from service.callers.sessions import Session
from service.http.problems import NOT_OWNER, RETRY_SECONDS, UNAVAILABLE, ProblemError
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
    """Return the session that a request's cookie holds; None if there is none that is valid.

    Whether its account still is an owner's is not looked at.
    """
    return wiring.sessions.find(request.scope)


async def require_session(request: Request, wiring: Wired) -> str:
    """Return the name of the owner who signed in: "api-key", or the uid of an account.

    Raises:
        SignInNeeded: there is no valid session, or its account is no owner any more.
        ProblemError: what changes something does not come from a page of this session, or Google
            does not say whether the account still is an owner's.
    """
    session = read_session(request, wiring)
    if session is None:
        raise SignInNeeded
    request.state.session = session
    changes = request.method not in READING
    if changes:
        await check_form(request, session.form_token)
    try:
        await check_account(session, wiring, changes=changes)
    except NoOwner:
        request.state.session = None
        raise SignInNeeded from None
    return session.owner


SignedIn = Annotated[str, Depends(require_session)]
"""The name of an owner who signed in at a page."""


async def check_account(session: Session, wiring: Wiring, *, changes: bool) -> None:
    """Check whether the account of a session still is an owner's, if that is not known.

    Raises:
        NoOwner: it is not.
        ProblemError: Google does not say so.
    """
    owners = wiring.owners
    if session.owner == API_KEY or owners.may_go_on(session, changes=changes):
        return
    try:
        await to_thread.run_sync(owners.check, session)
    except Unavailable as error:
        raise ProblemError(
            UNAVAILABLE,
            "Nothing was changed: whether your account still is an owner's cannot be checked, as"
            " Google does not answer. Try again in a few seconds, or sign in with the API key."
            if changes
            else "Whether your account still is an owner's cannot be checked, as Google has not"
            " answered for some time. Try again in a few seconds, or sign in with the API key.",
            {"Retry-After": str(RETRY_SECONDS)},
        ) from error


def refuse_other_sites(request: Request) -> None:
    """Refuse a form without a session that a page of another site has sent.

    Browsers say so by Sec-Fetch-Site where they came by HTTPS or to this machine, and otherwise by
    Origin. A program that sends neither has no cookies of a person to abuse.

    Raises:
        ProblemError: the form comes from elsewhere.
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None:
        comes_from_here = site in _OWN_SITES
    else:
        comes_from_here = origin is None or urlsplit(origin).netloc == request.headers.get("host")
    if not comes_from_here:
        raise ProblemError(NOT_OWNER, "The form was sent by a page of another site.")


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
