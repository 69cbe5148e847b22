"""The routes of pages: they are no part of the API, and their errors are pages too."""

from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute
from pydantic import ValidationError

from service.access.sessions import SignInNeeded
from service.dashboard.frame.errors import show_error
from service.dashboard.frame.notices import keep_notice
from service.dashboard.frame.rendering import render_page
from service.http.explaining import explain

SEE_OTHER = 303
SIGN_IN = "/sign-in"


class PageRoute(APIRoute):
    """A route that answers errors with a page, and leads to the sign-in where it is needed."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return a handler that shows an error as a page."""
        answer = super().get_route_handler()

        async def answer_with_page(request: Request) -> Response:
            try:
                answered = await answer(request)
            except SignInNeeded:
                return lead_to_sign_in(request)
            except ValidationError as error:
                # The fields of a form, read into a body of the API.
                invalid = RequestValidationError([dict(each) for each in error.errors()])
                return show_error(request, explain(request, invalid))
            except Exception as error:  # noqa: BLE001 - `explain` logs what no one foresaw
                return show_error(request, explain(request, error))
            # Pictures and streams too are for the owner's pages alone.
            answered.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
            return answered

        return answer_with_page


def make_pages(**options: Any) -> APIRouter:
    """Return a router for pages, which ignore query parameters that they do not know.

    Args:
        options: of APIRouter, such as `prefix`.
    """
    return APIRouter(route_class=PageRoute, include_in_schema=False, **options)


def lead_to_sign_in(request: Request) -> Response:
    """Return the way to the sign-in, and from there back to this page, or to that of the form."""
    if "hx-request" in request.headers:
        # The browser would follow a redirect by itself, and the form would be put into the part.
        page = quote(urlsplit(request.headers.get("hx-current-url", "")).path or "/", safe="")
        return Response(status_code=401, headers={"HX-Redirect": f"{SIGN_IN}?next={page}"})
    shown = urlsplit(str(request.url))
    if request.method != "GET":
        shown = urlsplit(request.headers.get("referer", ""))
        if shown.netloc != request.headers.get("host"):
            shown = urlsplit("/")
    back = shown.path + (f"?{shown.query}" if shown.query else "")
    if request.method == "GET" and request.headers.get("sec-fetch-site") == "cross-site":
        return load_again(request, back)
    return go_to(f"{SIGN_IN}?next={quote(back, safe='')}")


def load_again(request: Request, path: str) -> Response:
    """Return a page that loads this path by itself: then browsers send the session's cookie.

    They do not where a link of another site, such as a message with an address, leads here:
    SameSite=Strict. What is asked for again comes from here, so this happens once.
    """
    # `//host` would be the address of another site.
    return render_page(request, "again.html.jinja", address="/" + path.lstrip("/\\"))


def go_to(path: str) -> Response:
    """Return the answer to a form that has changed something: the browser loads this page."""
    return RedirectResponse(path, SEE_OTHER, {"Cache-Control": "no-store"})


def go_and_say(request: Request, path: str, sentence: str) -> Response:
    """Return the answer to a form, as `go_to` does; the page shows the sentence, once."""
    answer = go_to(path)
    keep_notice(request, answer, sentence)
    return answer
