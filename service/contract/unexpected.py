"""Refuse what a route does not take: unknown or repeated query parameters, and bodies.

Ignored, `?stat=failed` would list everything, and `DELETE ...?preveiw=true` would delete. Routes
for all callers, such as the release, ignore what they do not know: caches and game engines add
parameters of their own. A parameter without a value counts as absent, everywhere.
"""

from collections import Counter
from collections.abc import Mapping
from email.message import Message
from typing import Any, NamedTuple

from fastapi import Request
from fastapi.dependencies.utils import get_flat_params
from fastapi.exceptions import RequestValidationError
from fastapi.params import ParamTypes
from starlette.datastructures import QueryParams
from starlette.types import ASGIApp, Receive, Scope, Send

from pipeline.settings import Settings
from service.access.rules import Rule, find_rule
from service.http.problems import OTHER_MEDIA_TYPE, ProblemError
from service.wiring import Wired

_NO_BODY = (b"", b"{}", b"null")
"""What clients send that always send a body."""


class EmptyParameters:
    """Middleware that removes query parameters without a value, as in `?after=&limit=5`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["query_string"]:
            parts: list[bytes] = scope["query_string"].split(b"&")
            kept = [part for part in parts if part.partition(b"=")[2]]
            if len(kept) < len(parts):
                scope = {**scope, "query_string": b"&".join(kept)}
        await self._app(scope, receive, send)


class Takes(NamedTuple):
    """What a route takes.

    everything: whether it ignores what it does not know. parameters: of the query.
    """

    everything: bool
    parameters: frozenset[str]


class RefuseUnexpected:
    """A dependency of all routes of a router: it refuses what a route does not take."""

    def __init__(self) -> None:
        self._takes: dict[int, Takes] = {}
        """By the id of the route, which lives as long as its router."""

    # Not a plain function: FastAPI would call that in a thread.
    async def __call__(self, request: Request, wiring: Wired) -> None:
        """Return if a request has nothing that its route does not take.

        Raises:
            RequestValidationError: it has.
            ProblemError: the body is of another type than JSON.
        """
        has_body = _declares_body(request.headers)
        if not request.scope["query_string"] and not has_body:
            return
        route: Any = request.scope["route"]
        takes = self._takes.get(id(route))
        if takes is None:
            takes = self._takes[id(route)] = _read_route(route, wiring.settings)
        if takes.everything:
            return
        mistakes = _check_query(request.query_params, takes.parameters)
        if has_body:
            mistakes += await _check_body(request, route)
        if mistakes:
            raise RequestValidationError(mistakes)


def _read_route(route: Any, settings: Settings) -> Takes:
    parameters = frozenset(
        field.alias
        for field in get_flat_params(route.dependant)
        if getattr(field.field_info, "in_", None) is ParamTypes.query
    )
    return Takes(find_rule(route, settings) is Rule.PUBLIC, parameters)


def _check_query(query: QueryParams, known: frozenset[str]) -> list[dict[str, Any]]:
    counts = Counter(name for name, _ in query.multi_items())
    taken = ", ".join(sorted(known)) or "none"
    unknown = [
        _describe(("query", name), f"this parameter is unknown; the route takes {taken}")
        for name in counts
        if name not in known
    ]
    return unknown + [
        _describe(("query", name), f"it is there {count} times; send it once")
        for name, count in counts.items()
        if name in known and count > 1
    ]


async def _check_body(request: Request, route: Any) -> list[dict[str, Any]]:
    if (route.openapi_extra or {}).get("requestBody"):
        return []  # the route reads it by itself
    body = (await request.body()).strip()
    if route.body_field is None:
        return [] if body in _NO_BODY else [_describe(("body",), "this route takes no body")]
    if body and not _is_json(request.headers.get("content-type")):
        raise ProblemError(OTHER_MEDIA_TYPE, "Send the body with Content-Type: application/json.")
    return []


def _declares_body(headers: Mapping[str, str]) -> bool:
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


def _is_json(content_type: str | None) -> bool:
    """Return whether FastAPI reads a body of this type as JSON."""
    message = Message()
    message["content-type"] = content_type or ""
    subtype = message.get_content_subtype()
    return message.get_content_maintype() == "application" and (
        subtype == "json" or subtype.endswith("+json")
    )


def _describe(place: tuple[str, ...], message: str) -> dict[str, Any]:
    return {"loc": place, "msg": message, "type": "value_error"}
