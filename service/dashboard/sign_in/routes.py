"""Sign in with the API key, with an account of Firebase, or by a link; and sign out."""

import logging
import time
from typing import Annotated

from fastapi import Form, Query, Request, Response

from service.access.roles import Public, describe_owner, verify_owner
from service.access.sessions import (
    SignedIn,
    check_account,
    read_session,
    refuse_other_sites,
)
from service.backends.clock import CLOCK_SKEW_SECONDS
from service.callers.api_key import API_KEY
from service.callers.owners import NoOwner
from service.dashboard.frame.rendering import render_page
from service.dashboard.frame.route import go_to, make_pages
from service.dashboard.sign_in.firebase import APP, AUTH, HEADERS, find_firebase
from service.dashboard.sign_in.ways import choose_way
from service.http.problems import NOT_OWNER, UNAUTHENTICATED, ProblemError
from service.wiring import Wired, Wiring

FRESH_SECONDS = 300
"""How long ago the account may have signed in: a session lasts longer than a stolen token."""
LONGEST_TOKEN = 8_000
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})

log = logging.getLogger(__name__)
router = make_pages()

Next = Annotated[str, Query(max_length=2000)]


@router.get("/sign-in")
async def show_sign_in(
    request: Request,
    wiring: Wired,
    _public: Public,
    next: Next = "/",  # noqa: A002 - the name in the address
    link: Annotated[str, Query(max_length=500)] = "",
) -> Response:
    """Show the ways to sign in; go on for an owner who has signed in, or comes with a link."""
    if wiring.settings.api_key is not None and wiring.sessions.is_link(link):
        return begin_session(wiring, API_KEY, choose_way(next))
    session = read_session(request, wiring)
    if session is not None:
        try:
            await check_account(session, wiring, changes=False)
        except (NoOwner, ProblemError):
            return _show(request, wiring, next)
        return go_to(choose_way(next))
    old = ProblemError(UNAUTHENTICATED, "The link is too old, or was changed: take a new one.")
    return _show(request, wiring, next, old if link else None)


@router.post("/sign-in")
def sign_in(
    request: Request,
    wiring: Wired,
    _public: Public,
    key: Annotated[str, Form(max_length=1000)] = "",
    token: Annotated[str, Form(max_length=LONGEST_TOKEN)] = "",
    next: Next = "/",  # noqa: A002 - the name in the address
) -> Response:
    """Begin a session for the bearer of the API key, or of an owner's ID token."""
    try:
        refuse_other_sites(request)
        owner = find_account(token, wiring) if token else _check_key(request, wiring, key)
    except ProblemError as problem:
        return _show(request, wiring, next, problem)
    log.info("signed in: %s", describe_owner(owner))
    return begin_session(wiring, owner, choose_way(next))


@router.post("/sign-out")
def sign_out(wiring: Wired, _owner: SignedIn) -> Response:
    """End the session in this browser."""
    answer = go_to("/sign-in")
    answer.delete_cookie(
        wiring.sessions.cookie, secure=wiring.sessions.secure, httponly=True, samesite="strict"
    )
    return answer


def begin_session(wiring: Wiring, owner: str, path: str) -> Response:
    """Return the answer that begins a session and goes on to a page."""
    answer = go_to(path)
    sessions = wiring.sessions
    answer.set_cookie(
        sessions.cookie,
        sessions.sign(owner),
        max_age=sessions.seconds,
        secure=sessions.secure,
        httponly=True,
        samesite="strict",
    )
    return answer


def find_account(token: str, wiring: Wiring) -> str:
    """Return the uid of the owner who just signed in at Firebase.

    Raises:
        ProblemError: the token is not valid, not an owner's, or of an earlier sign-in; or Google
            does not answer.
    """
    claims = verify_owner(token, wiring)
    signed_in_at = claims.get("auth_time")
    is_fresh = isinstance(signed_in_at, int | float) and (
        time.time() - signed_in_at <= FRESH_SECONDS + CLOCK_SKEW_SECONDS
    )
    if not is_fresh:
        raise ProblemError(UNAUTHENTICATED, "This sign-in is too old: sign in again.")
    return str(claims["uid"])


def _check_key(request: Request, wiring: Wiring, key: str) -> str:
    if not wiring.limits.try_key(request.scope, key.strip().encode(errors="replace")):
        raise ProblemError(NOT_OWNER, "This is not the API key.")
    return API_KEY


def _show(
    request: Request, wiring: Wiring, way: str, problem: ProblemError | None = None
) -> Response:
    firebase = find_firebase(wiring.settings)
    answer = render_page(
        request,
        "sign_in/sign_in.html.jinja",
        status=200 if problem is None else problem.kind.status,
        policy=None if firebase is None else firebase.write_policy(),
        way=choose_way(way),
        mistake=None if problem is None else problem.detail,
        with_key=wiring.settings.api_key is not None,
        firebase=firebase,
        firebase_files={"app": APP, "auth": AUTH},
        in_development=wiring.settings.environment == "development",
        loses_cookies=wiring.sessions.secure
        and request.url.scheme != "https"
        and request.url.hostname not in _THIS_MACHINE,
    )
    if firebase is not None:
        answer.headers.update(HEADERS)
    if problem is not None:
        answer.headers.update(problem.headers or {})
    return answer
