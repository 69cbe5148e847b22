"""Show an error as a page: what happened, what that means for what was asked, and what to do."""

from typing import NamedTuple

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.routing import Match

from service.access.sessions import read_session
from service.dashboard.frame.rendering import render_page
from service.http.explaining import DESCRIBED, Explained
from service.http.problems import (
    INTERNAL,
    INVALID_REQUEST,
    NO_SUCH_METHOD,
    NOT_FOUND,
    TOO_LARGE,
    UNAVAILABLE,
)

_OF_THE_API = f" {DESCRIBED}"
_API = "/v1"
_READING = frozenset({"GET", "HEAD"})
SECTIONS = ("runs", "versions", "review", "corrections", "players", "play", "system")
"""The first part of the paths that have a page of their own."""


class Told(NamedTuple):
    """What the page of an error says: a heading, a text, and a link with its words."""

    heading: str
    text: str
    address: str
    link: str


def show_error(request: Request, explained: Explained) -> Response:
    """Return the page of an error; what a script loads into a page gets its sentences alone."""
    is_part = request.headers.get("hx-request-type") == "partial"
    answer = render_page(
        request,
        "error_part.html.jinja" if is_part else "error.html.jinja",
        status=explained.kind.status,
        told=tell(request, explained),
        status_code=explained.kind.status,
    )
    answer.headers.update(explained.headers)
    return answer


def answer_browser(request: Request, explained: Explained) -> Response | None:
    """Return the page of an error that no route of a page has; None where a program asks.

    A browser says that it takes HTML. The paths of the API answer with problem documents always.
    """
    if "text/html" not in request.headers.get("accept", "") or _is_of_api(request):
        return None
    if not hasattr(request.state, "session"):
        request.state.session = read_session(request, request.app.state.wiring)
    return show_error(request, explained)


def tell(request: Request, explained: Explained) -> Told:
    """Return what an owner is told about an error."""
    path = request.url.path
    reads = request.method in _READING
    if explained.kind is UNAVAILABLE and reads:
        return Told(*_describe(path, explained, reads=True), path, "Reload")
    section = path.split("/")[1]
    if section not in SECTIONS:
        return Told(*_describe(path, explained, reads=reads), "/", "To the overview")
    return Told(*_describe(path, explained, reads=reads), f"/{section}", f"To {section}")


def _describe(path: str, explained: Explained, *, reads: bool) -> tuple[str, str]:
    """Return the heading and the text."""
    kind = explained.kind
    if explained.backend is not None:
        return _describe_silence(explained.backend, reads=reads)
    own = {
        (NOT_FOUND.status, ""): (
            "There is no such page",
            f"No page has the address {path}: it may have been moved, or mistyped.",
        ),
        (NO_SUCH_METHOD.status, ""): (
            "This address is not asked like that",
            "It takes a form of a page, or is read alone: nothing was changed.",
        ),
        (TOO_LARGE.status, TOO_LARGE.name): (
            TOO_LARGE.title,
            "It has more bytes than this address takes: nothing was changed.",
        ),
        (INTERNAL.status, INTERNAL.name): (
            INTERNAL.title,
            explained.detail
            + ("" if reads else " What you asked for may have been done, in part or whole."),
        ),
        (INVALID_REQUEST.status, INVALID_REQUEST.name): (
            INVALID_REQUEST.title,
            f"{explained.detail}: nothing was changed.",
        ),
    }
    other = (kind.title, explained.detail.removesuffix(_OF_THE_API))
    return own.get((kind.status, kind.name), other)


def _describe_silence(service: str, *, reads: bool) -> tuple[str, str]:
    if reads:
        return f"{service} does not answer", "Reload the page in a few seconds."
    return (
        "It is not known whether this was done",
        (
            f"{service} has not answered in time. Nothing may have changed, or what you asked for"
            " may have been done all the same: look before you try again."
        ),
    )


def _is_of_api(request: Request) -> bool:
    path = request.scope["path"]
    if path == _API or path.startswith(f"{_API}/"):
        return True
    return any(
        isinstance(route, APIRoute)
        and route.include_in_schema
        and route.matches(request.scope)[0] is not Match.NONE
        for route in request.app.routes
    )
