"""Explain errors to callers, and answer with problem documents, or browsers with pages.

Messages of errors that are not made for callers, such as the names of hosts, go to the log only.
"""

import logging
import secrets
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

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
    NewerDocument,
    NotFound,
    NotQuarantined,
    NoWebhook,
    RedrawError,
    ReleaseMoved,
    TrialUnderWay,
    Unavailable,
    UnreadableDocument,
    VersionInUse,
    VersionNotReady,
)
from pipeline.logs.context import current_ids
from pipeline.run_errors import KeyOfOtherRun, RunInProgress, TooLateToCancel
from service.http.methods import find_methods
from service.http.mistakes import list_invalid_fields
from service.http.problems import (
    DAMAGED_DATASET,
    DRAWING_ID_TAKEN,
    IDEMPOTENCY_MISMATCH,
    INTERNAL,
    INVALID_DRAWING,
    INVALID_REQUEST,
    MEDIA_TYPE,
    NO_WEBHOOK,
    NOT_FOUND,
    NOT_QUARANTINED,
    RELEASE_MOVED,
    RETRY_SECONDS,
    RUN_IN_PROGRESS,
    TOO_LARGE,
    TOO_LATE_TO_CANCEL,
    TRIAL_UNDER_WAY,
    UNAVAILABLE,
    UNREADABLE,
    VERSION_IN_USE,
    VERSION_NOT_READY,
    WRONG_SETTINGS,
    Kind,
    ProblemError,
    write_problem,
)

DESCRIBED = "/openapi.json describes all routes."

log = logging.getLogger(__name__)

_KIND_OF: Mapping[type[RedrawError], Kind] = {
    DrawingIdTaken: DRAWING_ID_TAKEN,
    InvalidDataset: DAMAGED_DATASET,
    InvalidDrawing: INVALID_DRAWING,
    InvalidLabel: INVALID_REQUEST,
    InvalidPlace: INVALID_REQUEST,
    InvalidPlayer: INVALID_REQUEST,
    InvalidSettings: WRONG_SETTINGS,
    InvalidTrial: INVALID_REQUEST,
    NewerDocument: UNREADABLE,
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
