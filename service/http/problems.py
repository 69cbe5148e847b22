"""Answer every error with a problem document (RFC 9457, `application/problem+json`).

A problem document has a type, which a program can rely on, and a detail for people. Messages of
errors that are not made for callers, such as the names of hosts, go to the log only.
"""

import logging
import secrets
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from pipeline.errors import (
    AccessDenied,
    DrawingIdTaken,
    InvalidDataset,
    InvalidDrawing,
    InvalidLabel,
    InvalidPlace,
    InvalidPlayer,
    InvalidSettings,
    InvalidTrial,
    KeyOfOtherRun,
    NotFound,
    NotQuarantined,
    NoWebhook,
    RedrawError,
    ReleaseMoved,
    RunInProgress,
    TooLateToCancel,
    TrialUnderWay,
    Unavailable,
    UnreadableDocument,
    VersionInUse,
    VersionNotReady,
)
from pipeline.logs.context import current_ids
from service.http.advice import ADVICE
from service.http.methods import find_methods
from service.http.mistakes import list_invalid_fields
from service.schemas.base import Body
from service.schemas.problems import Problem

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 5
DESCRIBED = "/openapi.json describes all routes."

log = logging.getLogger(__name__)


class Kind(NamedTuple):
    """A kind of problem: the members that are equal for every occurrence."""

    name: str
    status: int
    title: str

    @property
    def type(self) -> str:
        """The URI by which a program recognises this kind."""
        return f"urn:problem-type:redraw:{self.name}" if self.name else "about:blank"


UNAUTHENTICATED = Kind("unauthenticated", 401, "The caller is not authenticated")
NOT_OWNER = Kind("not-owner", 403, "Only an owner may do this")
NOT_PLAYER = Kind("not-player", 403, "Only the account of a player may do this")
NOT_ATTESTED = Kind("not-attested", 403, "The request does not come from the game's own app")
NOT_FOUND = Kind("not-found", 404, "There is no such resource")
NO_RELEASE = Kind("no-release", 404, "Nothing has been released yet")
RUN_IN_PROGRESS = Kind("run-in-progress", 409, "Another run is under way")
TOO_LATE_TO_CANCEL = Kind("too-late-to-cancel", 409, "The run cannot be cancelled any more")
NOT_QUARANTINED = Kind("not-quarantined", 409, "The correction does not wait for a decision")
DRAWING_ID_TAKEN = Kind("drawing-id-taken", 409, "The id stands for something else already")
VERSION_NOT_READY = Kind("version-not-ready", 409, "The version is not ready")
VERSION_IN_USE = Kind("version-in-use", 409, "The version is in use")
RELEASE_MOVED = Kind("release-moved", 409, "The release has changed meanwhile")
TRIAL_UNDER_WAY = Kind("trial-under-way", 409, "Another version is on trial")
UNREADABLE = Kind("unreadable-document", 409, "A document in Firestore cannot be read")
NO_WEBHOOK = Kind("no-webhook", 409, "Notifications are not set up")
IDEMPOTENCY_CONFLICT = Kind(
    "idempotency-conflict", 409, "A request with this Idempotency-Key is being answered"
)
WITHDRAWN = Kind("withdrawn", 410, "The version is withdrawn")
TOO_LARGE = Kind("too-large", 413, "The request is too large")
OTHER_MEDIA_TYPE = Kind("other-media-type", 415, "A body of this kind is not read")
INVALID_REQUEST = Kind("invalid-request", 422, "The request is not valid")
INVALID_DRAWING = Kind("invalid-drawing", 422, "The drawing cannot be used")
RATE_LIMITED = Kind("rate-limited", 429, "The caller has made too many requests")
IDEMPOTENCY_MISMATCH = Kind(
    "idempotency-mismatch", 422, "The Idempotency-Key belongs to another request"
)
MALFORMED = Kind("", 400, "Bad Request")
NO_SUCH_METHOD = Kind("", 405, "Method Not Allowed")
TIMED_OUT = Kind("", 408, "Request Timeout")
FULL = Kind("", 503, "Service Unavailable")
DAMAGED_FILE = Kind("damaged-file", 500, "A file in Storage is not what was published")
DAMAGED_DATASET = Kind("damaged-dataset", 500, "The data set in Storage is damaged")
WRONG_SETTINGS = Kind("wrong-settings", 500, "A setting does not fit this project")
INTERNAL = Kind("internal", 500, "An error in Redraw itself")
UNAVAILABLE = Kind("unavailable", 503, "A service that Redraw needs does not answer")
NOT_QUEUED = Kind("not-queued", 503, "The run is recorded, but not queued yet")

ANY_ROUTE = (MALFORMED, NO_SUCH_METHOD, TIMED_OUT, RATE_LIMITED, FULL, INTERNAL)
"""What a request to any route may end in, whatever the route does."""

_KIND_OF: Mapping[type[RedrawError], Kind] = {
    DrawingIdTaken: DRAWING_ID_TAKEN,
    InvalidDataset: DAMAGED_DATASET,
    InvalidDrawing: INVALID_DRAWING,
    InvalidLabel: INVALID_REQUEST,
    InvalidPlace: INVALID_REQUEST,
    InvalidPlayer: INVALID_REQUEST,
    InvalidSettings: WRONG_SETTINGS,
    InvalidTrial: INVALID_REQUEST,
    NotFound: NOT_FOUND,
    RunInProgress: RUN_IN_PROGRESS,
    KeyOfOtherRun: IDEMPOTENCY_MISMATCH,
    TooLateToCancel: TOO_LATE_TO_CANCEL,
    NotQuarantined: NOT_QUARANTINED,
    NoWebhook: NO_WEBHOOK,
    VersionInUse: VERSION_IN_USE,
    VersionNotReady: VERSION_NOT_READY,
    ReleaseMoved: RELEASE_MOVED,
    TrialUnderWay: TRIAL_UNDER_WAY,
    UnreadableDocument: UNREADABLE,
}


class ProblemError(Exception):
    """Raise this to end a request with a problem document."""

    def __init__(
        self, kind: Kind, detail: str, headers: Mapping[str, str] | None = None, **members: Any
    ) -> None:
        super().__init__(detail)
        self.kind, self.detail, self.headers, self.members = kind, detail, headers, members


class Explained(NamedTuple):
    """What a caller is told about an error.

    headers: of the answer. members: of the problem document, beyond those that all have. backend:
    the service that does not answer, for owners; None for another error.
    """

    kind: Kind
    detail: str
    headers: Mapping[str, str] = {}
    members: Mapping[str, Any] = {}
    backend: str | None = None


AnswerBrowser = Callable[[Request, Explained], Response | None]
"""Returns the page that a browser gets for an error; None where a program asks."""


def install_handlers(app: FastAPI, answer_browser: AnswerBrowser | None = None) -> None:
    """Make `app` answer every error with a problem document.

    Args:
        app: the application.
        answer_browser: answers browsers with a page instead.
    """
    app.state.answer_browser = answer_browser
    errors: tuple[type[Exception], ...] = (ProblemError, *_KIND_OF, Unavailable, AccessDenied)
    for error in (*errors, RequestValidationError):
        app.add_exception_handler(error, _answer)
    app.add_exception_handler(HTTPException, answer_http_exception)
    app.add_exception_handler(Exception, _answer)


def add_schemas(openapi: dict[str, Any], *bodies: type[Body]) -> None:
    """Add the schemas of bodies that no route returns as its result to an OpenAPI description."""
    schemas = openapi["components"]["schemas"]
    for body in bodies:
        schema = body.model_json_schema(ref_template="#/components/schemas/{model}")
        for name, part in schema.pop("$defs", {}).items():
            schemas.setdefault(name, part)
        schemas[body.__name__] = schema


def problem_responses(*kinds: Kind) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI `responses` of a route that may end in these kinds of problem.

    Those in which any route may end are added.
    """
    return describe_kinds((*kinds, *ANY_ROUTE))


def describe_kinds(kinds: Iterable[Kind]) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI `responses` for these kinds of problem, with an example of each."""
    responses: dict[int | str, dict[str, Any]] = {}
    for kind in kinds:
        empty: dict[str, Any] = {
            "description": "",
            "content": {
                MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": {}}
            },
        }
        response = responses.setdefault(kind.status, empty)
        response["description"] = f"{response['description']} {kind.title}.".strip()
        example = {
            "type": kind.type,
            "title": kind.title,
            "status": kind.status,
            "detail": ADVICE.get(kind.name, "What happened in this case, and what to do."),
            "instance": "/v1/the/path/of/the/request",
        }
        response["content"][MEDIA_TYPE]["examples"][kind.name or f"status-{kind.status}"] = {
            "value": example
        }
    return responses


def describe_problem(kind: Kind, detail: str, path: str, **members: Any) -> Problem:
    """Return a problem document; `path` is that of the request."""
    return Problem(
        type=kind.type,
        title=kind.title,
        status=kind.status,
        detail=detail,
        instance=quote(path),
        **members,
    )


def write_problem(kind: Kind, detail: str, path: str, **members: Any) -> bytes:
    """Return a problem document as JSON."""
    problem = describe_problem(kind, detail, path, **members)
    return problem.model_dump_json(by_alias=True, exclude_none=True).encode()


def answer_problem(request: Request, error: ProblemError) -> Response:
    """Return the answer to a ProblemError."""
    return _answer(request, error)


def explain(request: Request, error: Exception) -> Explained:
    """Return what a caller is told about an error; what only the owner may know goes to the log."""
    if isinstance(error, ProblemError):
        return Explained(error.kind, error.detail, error.headers or {}, error.members)
    if isinstance(error, (Unavailable, AccessDenied)):
        return _explain_unavailable(request, error)
    if isinstance(error, RedrawError):
        for cause, kind in _KIND_OF.items():
            if isinstance(error, cause):
                return Explained(kind, str(error), {}, _list_members(error))
    if isinstance(error, RequestValidationError):
        invalid_fields = list_invalid_fields(error)
        detail = "; ".join(f"{field.where}: {field.message}" for field in invalid_fields)
        return Explained(INVALID_REQUEST, detail, {}, {"errors": invalid_fields})
    if isinstance(error, HTTPException):
        return _explain_http_exception(request, error)
    return _explain_internal(request, error)


def _answer(request: Request, error: Exception) -> Response:
    explained = explain(request, error)
    state = getattr(request.scope.get("app"), "state", None)
    answer_browser: AnswerBrowser | None = getattr(state, "answer_browser", None)
    if answer_browser and (page := answer_browser(request, explained)) is not None:
        return page
    kind, headers = explained.kind, explained.headers
    body = write_problem(kind, explained.detail, request.scope["path"], **explained.members)
    return Response(body, kind.status, {"Cache-Control": "no-store", **headers}, MEDIA_TYPE)


def _list_members(error: RedrawError) -> Mapping[str, Any]:
    if isinstance(error, RunInProgress):
        return {
            "run_id": error.run_id,
            "state": error.state,
            "holder": error.holder,
            "lease_until": error.until,
        }
    if isinstance(error, NotQuarantined):
        return {"state": error.state}
    if isinstance(error, InvalidDrawing):
        return {"reason": error.reason}
    return {}


def _explain_unavailable(request: Request, error: Exception) -> Explained:
    # The message names hosts and ports, and the release is public.
    log.warning("%s %s: %s", request.method, name_route(request), error)
    detail = "Try again in a few seconds. If that does not help, /readyz says what does not answer."
    backend = getattr(error, "backend", None) or "A service behind this one"
    return Explained(UNAVAILABLE, detail, {"Retry-After": str(RETRY_SECONDS)}, backend=backend)


def name_route(request: Request) -> str:
    """Return the path of a request for the log, without what varies in it: it may name a player."""
    route = request.scope.get("route")
    return str(getattr(route, "path", None) or request.url.path)


def answer_http_exception(request: Request, error: Exception) -> Response:
    """Return the answer to an HTTPException: a problem of the kind that its status stands for."""
    return _answer(request, error)


def _explain_http_exception(request: Request, error: HTTPException) -> Explained:
    status = error.status_code
    kind = TOO_LARGE if status == TOO_LARGE.status else Kind("", status, HTTPStatus(status).phrase)
    detail = f"{request.method} {request.url.path}: {error.detail}. {DESCRIBED}"
    headers = dict(error.headers or {})
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(find_methods(request.app.routes, request.scope))
    return Explained(kind, detail, headers)


def _explain_internal(request: Request, error: Exception) -> Explained:
    reference = current_ids().get("request_id") or secrets.token_hex(4)
    log.error("%s %s failed (%s)", request.method, name_route(request), reference, exc_info=error)
    detail = f"The request is not the cause. The service's log says more under {reference}."
    return Explained(INTERNAL, detail)
