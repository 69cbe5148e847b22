"""Follow a run while it goes on, and cancel it."""

import logging
from typing import Annotated, Any

from fastapi import Header, Response
from sse_starlette import EventSourceResponse

from pipeline.logs.context import log_context
from pipeline.records.runs import Run
from service.access.roles import Owner, describe_owner
from service.contract.routers import make_router
from service.following.feed import Feed
from service.following.stream import RunStream
from service.http.problems import (
    FULL,
    INVALID_REQUEST,
    NOT_FOUND,
    NOT_OWNER,
    RETRY_SECONDS,
    TOO_LARGE,
    TOO_LATE_TO_CANCEL,
    UNAUTHENTICATED,
    UNAVAILABLE,
    UNREADABLE,
    ProblemError,
    problem_responses,
)
from service.schemas.base import RunId
from service.wiring import Wired, Wiring

router = make_router(prefix="/v1/retrains/{run_id}", tags=["retrains"])
log = logging.getLogger(__name__)

LISTENERS_SHARE = 2
"""Listeners may take this part of all connections, one half: the rest is for players."""

LastEventId = Annotated[
    str | None,
    Header(
        alias="Last-Event-ID",
        pattern=r"^[0-9]{0,19}$",
        description="The id of the last event that the caller has. A browser sends it by itself.",
        examples=["1772600767891000"],
    ),
]
_EXAMPLE = """\
: the events of a run; a comment every 15 s shows that the stream is alive
retry: 3000

id: 1772600767891000
event: progress
data: {"runId":"run-9c3f0a41d2b7e8556f10","state":"fitting","step":3,"steps":5,\
"message":"fitting the head","done":12,"total":0,"secondsLeft":41.5,"stepSecondsLeft":30.0,\
"updatedAt":"2026-03-04T05:06:07.891000Z","cancelRequestedAt":null,"version":null,"reason":null}

id: 1772600809417000
event: end
data: {"runId":"run-9c3f0a41d2b7e8556f10","state":"promoted","step":5,"steps":5,\
"message":"promoted","done":0,"total":0,"secondsLeft":null,"stepSecondsLeft":null,\
"updatedAt":"2026-03-04T05:06:49.417000Z","cancelRequestedAt":null,"version":"v1.0.1",\
"reason":"players' drawings: 81.2 % before, 84.0 % after"}

"""
# Before OpenAPI 3.2 the schema of a stream is that of one event.
_SCHEMA = {
    "type": "object",
    "description": "One event. The data of `progress` and `end` is a RunEvent, as JSON.",
    "required": ["event", "data"],
    "properties": {
        "event": {"type": "string", "enum": ["progress", "end", "unavailable"]},
        "id": {"type": "string", "pattern": "^[0-9]*$"},
        "data": {"type": "string"},
    },
    "if": {"properties": {"event": {"enum": ["progress", "end"]}}},
    "then": {
        "properties": {
            "data": {
                "contentMediaType": "application/json",
                "contentSchema": {"$ref": "#/components/schemas/RunEvent"},
            }
        }
    },
}
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"text/event-stream": {"schema": _SCHEMA, "example": _EXAMPLE}},
        "headers": {
            "X-Accel-Buffering": {
                "description": "`no`: a proxy must pass each event on at once.",
                "schema": {"type": "string"},
            }
        },
    },
    204: {"description": "The run has ended, and the caller has its last event."},
    **problem_responses(
        UNAUTHENTICATED, NOT_OWNER, NOT_FOUND, UNREADABLE, INVALID_REQUEST, UNAVAILABLE
    ),
}


@router.get(
    "/events",
    summary="Follow a run",
    response_class=EventSourceResponse,
    response_description="The events of the run (server-sent events), until it has ended.",
    responses=_STREAM,
)
async def follow_retrain(
    wiring: Wired, _owner: Owner, run_id: RunId, last_event_id: LastEventId = None
) -> Response:
    """Send what has happened to a run, then each change within about a second, then its end.

    `progress` comes for each state that the run enters, and while a step goes on; `end` is the last
    event, with the reason, and the stream is closed. Their data are described as `RunEvent`. Ids
    rise; with `Last-Event-ID` the stream goes on behind that event, at any process of the service.
    `unavailable` says why the run cannot be read now; the stream stays open. `EventSource` sends no
    headers, so a page reads the stream with `fetch` and the header `X-API-Key` or `Authorization`.
    """
    feed = await open_feed(wiring, run_id)
    last = int(last_event_id) if last_event_id else -1
    if has_told_all(feed, last):
        return Response(status_code=204, headers={"Cache-Control": "no-store"})
    return RunStream(feed, last)


async def open_feed(wiring: Wiring, run_id: str) -> Feed:
    """Return the feed of a run for one more listener.

    Raises:
        ProblemError: there are too many listeners already.
        NotFound, UnreadableDocument, Unavailable: see `Feed.begin`.
    """
    if wiring.feeds.listeners >= wiring.settings.max_connections // LISTENERS_SHARE:
        raise ProblemError(
            FULL,
            "Too many listen to runs already: close some of them, or raise REDRAW_MAX_CONNECTIONS.",
            {"Retry-After": str(RETRY_SECONDS)},
        )
    return await wiring.feeds.open(run_id)


def has_told_all(feed: Feed, last: int) -> bool:
    """Return whether the run has ended, and `last` is the number of its last event."""
    return feed.ended and bool(feed.events) and last >= feed.events[-1].number


@router.post(
    "/cancel",
    summary="Cancel a run",
    response_description=(
        "The run: `cancelled`, or still under way with `cancelRequestedAt`; then it ends within "
        "seconds."
    ),
    responses=problem_responses(
        UNAUTHENTICATED,
        NOT_OWNER,
        NOT_FOUND,
        TOO_LATE_TO_CANCEL,
        UNREADABLE,
        TOO_LARGE,
        INVALID_REQUEST,
        UNAVAILABLE,
    ),
)
def cancel_retrain(wiring: Wired, owner: Owner, run_id: RunId) -> Run:
    """Cancel a run from any step, until its version is ready. To repeat the call changes nothing.

    A run that no worker executes ends at once. Otherwise its worker ends it within seconds, and
    nothing is half done: a version that was being published is given up, with its files, and the
    corrections stay pending for the next run. If the worker has not ended it after 15 seconds, as
    it hangs or has died, the next call ends the run. A run that has made a version ready, and one
    that has begun to forget a player, is not stopped: the answer is 409 and says what to do.
    """
    run = wiring.ports.runs.cancel(run_id, owner)
    with log_context(run_id=run.id):
        log.info("%s cancelled run %s: it is %s", describe_owner(owner), run.id, run.state)
    return run
