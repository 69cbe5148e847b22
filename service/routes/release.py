"""Say which version game clients should use."""

import hashlib
from typing import Annotated, Any

from anyio import to_thread
from fastapi import Header, Response

from pipeline.records.versions import Release
from service.access.roles import Public
from service.contract.routers import make_router
from service.http.conditional import lists_tag
from service.http.problems import (
    INVALID_REQUEST,
    NO_RELEASE,
    UNAVAILABLE,
    UNREADABLE,
    ProblemError,
    problem_responses,
)
from service.wiring import Wired

router = make_router(prefix="/v1/release", tags=["release"])

# Short, as a rollback must reach players soon; after that time no cache may serve the old answer.
CACHE_CONTROL = "public, max-age=15, must-revalidate"
STALE = "Redraw-Stale"
_FIRST = "There is no model before the first baseline: `redraw baseline` makes one."
_LOST = (
    "Nothing is released, although there are versions that are ready: "
    "`redraw promote VERSION` releases one, and `redraw models` lists them."
)
_HEADERS: dict[str, Any] = {
    "ETag": {
        "description": "Changes with the release; send it back as `If-None-Match`.",
        "schema": {"type": "string"},
    },
    "Cache-Control": {"schema": {"type": "string"}},
    "Age": {
        "description": "Seconds since Firestore named this release.",
        "schema": {"type": "integer"},
    },
    STALE: {
        "description": "Only while Firestore does not answer: how many seconds ago it last did.",
        "schema": {"type": "integer"},
    },
}


@router.get(
    "",
    summary="The version to use",
    response_model=Release,
    response_description="The release.",
    responses={
        200: {"headers": _HEADERS},
        304: {"description": "The release has not changed.", "headers": _HEADERS},
        **problem_responses(NO_RELEASE, UNREADABLE, INVALID_REQUEST, UNAVAILABLE),
    },
)
async def get_release(
    wiring: Wired, _public: Public, if_none_match: Annotated[str | None, Header()] = None
) -> Response:
    """Return the release. This route is public.

    Poll it with `If-None-Match`. When it changes, the file at `manifestPath` lists the files to
    load, with their digests. While Firestore does not answer, this is the last release that it
    named, and `Redraw-Stale` says how old that is.
    """
    release, age, stale = await wiring.release.get()
    if release is None:
        lost = await to_thread.run_sync(wiring.ports.models.has_ready)
        raise ProblemError(NO_RELEASE, _LOST if lost else _FIRST)
    body = release.model_dump_json(by_alias=True).encode()
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": CACHE_CONTROL, "Age": str(int(age))}
    if stale:
        headers[STALE] = str(int(age))
    if lists_tag(if_none_match, tag):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/json")
