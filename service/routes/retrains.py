"""Asks for retrains, and shows the runs that came of it."""

import hashlib
import logging
import secrets
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Header, Query, Response

from pipeline.errors import Unavailable
from pipeline.records.runs import Run, RunState, Trigger
from service.dependencies import Owner, Wired
from service.problems import (
    INVALID_REQUEST,
    NOT_FOUND,
    NOT_OWNER,
    NOT_QUEUED,
    RETRY_SECONDS,
    RUN_IN_PROGRESS,
    TOO_LARGE,
    UNAUTHENTICATED,
    UNAVAILABLE,
    ProblemError,
    answers,
)
from service.schemas import RetrainRequest, RunId, RunList

router = APIRouter(prefix="/v1/retrains", tags=["retrains"])
log = logging.getLogger(__name__)

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="Any text of the caller's choice: the same text always means the same run, and never a second one.",
        examples=["friday-evening"],
    ),
]


@router.post(
    "",
    status_code=202,
    summary="Ask for a retrain",
    response_description="The run, recorded and queued. `Location` is where to watch it.",
    responses={
        202: {
            "headers": {
                "Location": {"description": "Path of the run.", "schema": {"type": "string"}}
            }
        },
        **answers(
            UNAUTHENTICATED,
            NOT_OWNER,
            RUN_IN_PROGRESS,
            TOO_LARGE,
            INVALID_REQUEST,
            UNAVAILABLE,
            NOT_QUEUED,
        ),
    },
)
def request_retrain(
    wiring: Wired,
    owner: Owner,
    response: Response,
    key: IdempotencyKey = None,
    body: RetrainRequest | None = None,
) -> Run:
    """One run goes at a time: while it does, 409 says which. Sending an `Idempotency-Key` makes repeating this call safe."""
    run = wiring.ports.runs.request(_new_run(owner, key, body.reason if body else None))
    log.info("%s asked for run %s", owner, run.id)
    location = f"{router.prefix}/{run.id}"
    if run.state is RunState.REQUESTED:
        # A repetition queues it again: the first attempt may have failed here, and the lease lets one worker in.
        try:
            wiring.enqueue(run.id)
        except Unavailable as fault:
            log.warning("%s", fault)
            detail = f"Run {run.id} starts by itself as soon as Redis answers again; there is nothing to repeat."
            headers = {"Location": location, "Retry-After": str(RETRY_SECONDS)}
            raise ProblemError(NOT_QUEUED, detail, headers, run_id=run.id) from fault
    response.headers["Location"] = location
    return run


@router.get(
    "",
    summary="List runs",
    response_description="The runs, the newest first.",
    responses=answers(UNAUTHENTICATED, NOT_OWNER, INVALID_REQUEST, UNAVAILABLE),
)
def list_retrains(
    wiring: Wired,
    _owner: Owner,
    limit: Annotated[int, Query(ge=1, le=200, description="How many, at most.")] = 50,
) -> RunList:
    """The newest runs first, by the time they were asked for."""
    return RunList(runs=wiring.ports.runs.list(limit))


@router.get(
    "/{run_id}",
    summary="Look at a run",
    response_description="The run as it stands.",
    responses=answers(UNAUTHENTICATED, NOT_OWNER, NOT_FOUND, INVALID_REQUEST, UNAVAILABLE),
)
def get_retrain(wiring: Wired, _owner: Owner, run_id: RunId) -> Run:
    """State, progress, counts and, in the end, the gate's decision with its reasons."""
    return wiring.ports.runs.get(run_id)


def _new_run(owner: str, key: str | None, purpose: str | None) -> Run:
    now = datetime.now(UTC)
    # Without a key the time comes first, so that ids sort as the runs do.
    name = (
        f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
        if key is None
        else hashlib.sha256(key.encode()).hexdigest()[:20]
    )
    return Run(
        id=f"run-{name}",
        trigger=Trigger.PERSON,
        requested_at=now,
        requested_by=owner,
        idempotency_key=key,
        purpose=purpose,
    )
