"""Problem documents (RFC 9457, `application/problem+json`), with which every error is answered.

A problem document has a type, which a program can rely on, and a detail for people.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from service.http.advice import ADVICE
from service.schemas.base import Body
from service.schemas.problems import Problem

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 5


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


class ProblemError(Exception):
    """Raise this to end a request with a problem document."""

    def __init__(
        self, kind: Kind, detail: str, headers: Mapping[str, str] | None = None, **members: Any
    ) -> None:
        super().__init__(detail)
        self.kind, self.detail, self.headers, self.members = kind, detail, headers, members


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
