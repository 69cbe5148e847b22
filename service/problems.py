"""Turns every error into a problem document (RFC 9457, `application/problem+json`); what the inside said stays in the log."""

import logging
import secrets
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from pipeline.errors import (
    AccessDenied,
    NotFound,
    NotQuarantined,
    RedrawError,
    ReleaseMoved,
    RunInProgress,
    Unavailable,
    VersionNotReady,
)
from service.schemas import InvalidField, Problem

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 5

log = logging.getLogger(__name__)


class Kind(NamedTuple):
    """A kind of problem: what stays the same from one occurrence to the next."""

    name: str
    status: int
    title: str

    @property
    def type(self) -> str:
        """The URI by which a program tells this kind from others."""
        return f"urn:problem-type:redraw:{self.name}" if self.name else "about:blank"


UNAUTHENTICATED = Kind("unauthenticated", 401, "Who is asking is not known")
NOT_OWNER = Kind("not-owner", 403, "Only an owner may do this")
NOT_FOUND = Kind("not-found", 404, "There is no such thing")
NO_RELEASE = Kind("no-release", 404, "Nothing has been released yet")
RUN_IN_PROGRESS = Kind("run-in-progress", 409, "Another run is still going")
NOT_QUARANTINED = Kind("not-quarantined", 409, "The correction does not wait for a decision")
VERSION_NOT_READY = Kind("version-not-ready", 409, "The version is not ready")
RELEASE_MOVED = Kind("release-moved", 409, "The release has moved meanwhile")
TOO_LARGE = Kind("too-large", 413, "The request is too large")
INVALID_REQUEST = Kind("invalid-request", 422, "The request is not valid")
INTERNAL = Kind("internal", 500, "Something went wrong in Redraw itself")
UNAVAILABLE = Kind("unavailable", 503, "Something that Redraw needs does not answer")
NOT_QUEUED = Kind("not-queued", 503, "The run is recorded, but not queued yet")

_KIND_OF: Mapping[type[RedrawError], Kind] = {
    NotFound: NOT_FOUND,
    RunInProgress: RUN_IN_PROGRESS,
    NotQuarantined: NOT_QUARANTINED,
    VersionNotReady: VERSION_NOT_READY,
    ReleaseMoved: RELEASE_MOVED,
}


class ProblemError(Exception):
    """Ends a request with a problem document."""

    def __init__(
        self, kind: Kind, detail: str, headers: Mapping[str, str] | None = None, **members: Any
    ) -> None:
        super().__init__(detail)
        self.kind, self.detail, self.headers, self.members = kind, detail, headers, members


def install(app: FastAPI) -> None:
    """Makes `app` answer every error with a problem document."""
    app.add_exception_handler(ProblemError, _problem_error)
    for error in _KIND_OF:
        app.add_exception_handler(error, _redraw_error)
    for refused in (Unavailable, AccessDenied):
        app.add_exception_handler(refused, _unavailable)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_exception)
    app.add_exception_handler(Exception, _internal)


def document(openapi: dict[str, Any]) -> None:
    """Adds the schema to which `answers` points to an OpenAPI description."""
    schemas = openapi["components"]["schemas"]
    described = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= described.pop("$defs")
    schemas["Problem"] = described


def answers(*kinds: Kind) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI `responses` of a route that may end in these kinds of problem."""
    found: dict[int | str, dict[str, Any]] = {}
    for kind in (*kinds, INTERNAL):
        fallback: dict[str, Any] = {
            "description": "",
            "content": {
                MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": {}}
            },
        }
        response = found.setdefault(kind.status, fallback)
        response["description"] = f"{response['description']} {kind.title}.".strip()
        example = {"type": kind.type, "title": kind.title, "status": kind.status}
        response["content"][MEDIA_TYPE]["examples"][kind.name] = {"value": example}
    return found


def _answer(
    request: Request,
    kind: Kind,
    detail: str,
    headers: Mapping[str, str] | None = None,
    **members: Any,
) -> Response:
    problem = Problem(
        type=kind.type,
        title=kind.title,
        status=kind.status,
        detail=detail,
        instance=quote(request.scope["path"]),
        **members,
    )
    body = problem.model_dump_json(by_alias=True, exclude_none=True)
    return Response(body, kind.status, {"Cache-Control": "no-store", **(headers or {})}, MEDIA_TYPE)


def _problem_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)  # noqa: S101 - how it was registered
    return _answer(request, error.kind, error.detail, error.headers, **error.members)


def _redraw_error(request: Request, error: Exception) -> Response:
    kind = next(kind for cause, kind in _KIND_OF.items() if isinstance(error, cause))
    run_id = error.run_id if isinstance(error, RunInProgress) else None
    state = error.state if isinstance(error, NotQuarantined) else None
    return _answer(request, kind, str(error), run_id=run_id, state=state)


def _unavailable(request: Request, error: Exception) -> Response:
    # The message names hosts and ports, and anybody may ask for the release.
    log.warning("%s %s: %s", request.method, request.url.path, error)
    detail = "Try again in a few seconds. If that does not help, /readyz says what does not answer."
    return _answer(request, UNAVAILABLE, detail, {"Retry-After": str(RETRY_SECONDS)})


def _invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - how it was registered
    mistakes = [
        InvalidField(
            where=".".join(map(str, fault["loc"])),
            message=fault["msg"].removeprefix("Value error, "),
        )
        for fault in error.errors()
    ]
    detail = "; ".join(f"{mistake.where}: {mistake.message}" for mistake in mistakes)
    return _answer(request, INVALID_REQUEST, detail, errors=mistakes)


def _http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - how it was registered
    status = error.status_code
    kind = TOO_LARGE if status == TOO_LARGE.status else Kind("", status, HTTPStatus(status).phrase)
    detail = f"{request.method} {request.url.path}: {error.detail}. /openapi.json describes what there is."
    return _answer(request, kind, detail, error.headers)


def _internal(request: Request, error: Exception) -> Response:
    reference = secrets.token_hex(4)
    log.error("%s %s failed (%s)", request.method, request.url.path, reference, exc_info=error)
    return _answer(
        request,
        INTERNAL,
        f"It is no fault of the request. The service's log tells more, under {reference}.",
    )
