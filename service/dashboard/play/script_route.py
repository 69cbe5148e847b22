"""The routes that the page's script calls: their errors are problem documents, as the API's are."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

from service.access.sessions import SignInNeeded
from service.dashboard.frame.route import PageRoute, lead_to_sign_in


class ScriptRoute(PageRoute):
    """A route that leads to the sign-in where it is needed; the script sees a page, and says so."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return a handler that leads to the sign-in."""
        answer = APIRoute.get_route_handler(self)  # what a page makes of errors is left out

        async def answer_or_lead(request: Request) -> Response:
            try:
                return await answer(request)
            except SignInNeeded:
                return lead_to_sign_in(request)

        return answer_or_lead


def make_script_routes() -> APIRouter:
    """Return a router for what scripts of pages call."""
    return APIRouter(route_class=ScriptRoute, include_in_schema=False)
