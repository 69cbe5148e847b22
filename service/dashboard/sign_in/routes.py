"""Sign in with the API key, and sign out."""

from typing import Annotated

from fastapi import Form, Query, Request, Response

from service.access.roles import API_KEY, Public
from service.access.sessions import SignedIn, read_session
from service.callers.api_key import is_api_key
from service.dashboard.frame.rendering import render_page
from service.dashboard.frame.route import go_to, make_pages
from service.wiring import Wired, Wiring

router = make_pages()

Next = Annotated[str, Query(max_length=2000)]
_FORBIDDEN = 403


@router.get("/sign-in")
def show_sign_in(request: Request, wiring: Wired, _public: Public, next: Next = "/") -> Response:  # noqa: A002 - the name in the address
    """Show the form, or go on for an owner who has signed in."""
    if read_session(request, wiring) is not None:
        return go_to(choose_way(next))
    return _show(request, next)


@router.post("/sign-in")
def sign_in(
    request: Request,
    wiring: Wired,
    _public: Public,
    key: Annotated[str, Form(max_length=1000)],
    next: Next = "/",  # noqa: A002 - the name in the address
) -> Response:
    """Begin a session for the bearer of the API key."""
    if not is_api_key(key.strip(), wiring.settings):
        return _show(request, next, "This is not the API key.", _FORBIDDEN)
    return begin_session(wiring, API_KEY, choose_way(next))


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


def choose_way(path: str) -> str:
    """Return the path if it is one of this service, else the first page."""
    own = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if own and path.isprintable() else "/"


def _show(request: Request, way: str, mistake: str | None = None, status: int = 200) -> Response:
    return render_page(
        request, "sign_in/sign_in.html.jinja", status=status, way=way, mistake=mistake
    )
