"""Request retrains, and show the runs."""

import logging
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Query, Response

from pipeline.errors import Unavailable
from pipeline.logs.context import log_context
from pipeline.records.runs import Run, RunKind, RunState, Trigger
from pipeline.runs.requests import request_run
from service.access.roles import Owner, describe_owner
from service.contract.idempotency import REPLAYED, REPLAYED_HEADER, IdempotencyKey
from service.contract.routers import make_router
from service.http.problems import (
    IDEMPOTENCY_MISMATCH,
    INVALID_REQUEST,
    NOT_FOUND,
    NOT_OWNER,
    NOT_QUEUED,
    RETRY_SECONDS,
    RUN_IN_PROGRESS,
    TOO_LARGE,
    UNAUTHENTICATED,
    UNAVAILABLE,
    UNREADABLE,
    ProblemError,
    problem_responses,
)
from service.schemas.base import RunId
from service.schemas.lists import AfterPlace, Limit
from service.schemas.runs import RetrainRequest, RunList
from service.wiring import Wired, Wiring

router = make_router(prefix="/v1/retrains", tags=["retrains"])
log = logging.getLogger(__name__)

REQUESTED: dict[int | str, dict[str, Any]] = {
    202: {
        "headers": {
            "Location": {"description": "Path of the run.", "schema": {"type": "string"}},
            **REPLAYED_HEADER,
        }
    },
    **problem_responses(
        UNAUTHENTICATED,
        NOT_OWNER,
        RUN_IN_PROGRESS,
        TOO_LARGE,
        INVALID_REQUEST,
        IDEMPOTENCY_MISMATCH,
        UNAVAILABLE,
        NOT_QUEUED,
    ),
}
"""The answers to a request for a run."""


@router.post(
    "",
    status_code=202,
    summary="Request a retrain",
    response_description="The run, recorded and queued. `Location` is its address.",
    responses=REQUESTED,
)
def request_retrain(
    wiring: Wired,
    owner: Owner,
    response: Response,
    key: IdempotencyKey = None,
    body: RetrainRequest | None = None,
) -> Run:
    """Request a run. Only one is under way at a time; while it is, the answer is 409.

    That answer names the run, its state, who executes it, and until when that worker's lease lasts.
    With an `Idempotency-Key` this call can be repeated safely: the answer is the run that the key
    has made, in its present state. The key is kept as long as the run's document.
    """
    purpose = body.reason if body else None
    now = datetime.now(UTC)
    run = request_run(wiring.ports.runs, owner, key=key, purpose=purpose, at=now)
    with log_context(run_id=run.id):
        log.info("%s requested run %s", describe_owner(owner), run.id)
    mark_replayed(run, now, response)
    return queue_requested(run, wiring, response)


def mark_replayed(run: Run, asked_at: datetime, response: Response) -> None:
    """Say in the response whether the run was there already: then it has another time."""
    if run.requested_at != asked_at:
        response.headers[REPLAYED] = "true"


def queue_requested(run: Run, wiring: Wiring, response: Response) -> Run:
    """Queue a run that was just requested, name its address in the response, and return it."""
    location = f"{router.prefix}/{run.id}"
    if run.state is RunState.REQUESTED:
        # A repeated request queues the run again, as the first one may have failed here. Queued
        # twice, it is still executed once: the lease admits one worker.
        try:
            wiring.enqueue(run.id)
        except Unavailable as error:
            log.warning("%s", error)
            detail = (
                f"Run {run.id} starts by itself when Redis answers again; "
                "there is no need to repeat the request."
            )
            headers = {"Location": location, "Retry-After": str(RETRY_SECONDS)}
            raise ProblemError(NOT_QUEUED, detail, headers, run_id=run.id) from error
    response.headers["Location"] = location
    return run


@router.get(
    "",
    summary="List runs",
    response_description="The runs, the newest first.",
    responses=problem_responses(UNAUTHENTICATED, NOT_OWNER, INVALID_REQUEST, UNAVAILABLE),
)
def list_retrains(
    wiring: Wired,
    _owner: Owner,
    *,
    state: Annotated[RunState | None, Query(description="Only runs in this state.")] = None,
    kind: Annotated[RunKind | None, Query(description="Only runs that make this.")] = None,
    trigger: Annotated[Trigger | None, Query(description="Only runs that this asked for.")] = None,
    after: AfterPlace = None,
    limit: Limit = 50,
) -> RunList:
    """Return the newest runs first, by the time they were requested.

    The first part also names documents that lack this time.
    """
    page = wiring.ports.runs.page(after, limit, state=state, kind=kind, trigger=trigger)
    return RunList(runs=page.records, next=page.next_after, unreadable=page.unreadable)


@router.get(
    "/{run_id}",
    summary="Look at a run",
    response_description="The run in its present state.",
    responses=problem_responses(
        UNAUTHENTICATED, NOT_OWNER, NOT_FOUND, UNREADABLE, INVALID_REQUEST, UNAVAILABLE
    ),
)
def get_retrain(wiring: Wired, _owner: Owner, run_id: RunId) -> Run:
    """Return state, progress, counts and, at its end, the gate's decision with its reasons."""
    return wiring.ports.runs.get(run_id)
