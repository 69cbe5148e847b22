"""Request new baselines. The runs that make them are looked at beside the retrains."""

import logging
from datetime import UTC, datetime

from fastapi import Response

from pipeline.logs.context import log_context
from pipeline.records.runs import Run, RunKind
from pipeline.runs.requests import request_run
from service.access.roles import Owner, describe_owner
from service.contract.idempotency import IdempotencyKey
from service.contract.routers import make_router
from service.routes.retrains import REQUESTED, mark_replayed, queue_requested
from service.schemas.runs import BaselineRequest
from service.wiring import Wired

router = make_router(prefix="/v1/baselines", tags=["retrains"])
log = logging.getLogger(__name__)


@router.post(
    "",
    status_code=202,
    summary="Request a new baseline",
    response_description="The run, recorded and queued. `Location` is its address.",
    responses=REQUESTED,
)
def request_baseline(
    wiring: Wired,
    owner: Owner,
    response: Response,
    key: IdempotencyKey = None,
    body: BaselineRequest | None = None,
) -> Run:
    """Request a run that trains all layers, on base rows and all answers, for minutes or hours.

    It takes the same place as a retrain: only one run is under way at a time; while one is, the
    answer is 409. The run is at `/v1/retrains/{id}`, with the epochs that are done and the time
    left. With an `Idempotency-Key` this call can be repeated safely.
    """
    now = datetime.now(UTC)
    run = request_run(
        wiring.ports.runs,
        owner,
        kind=RunKind.BASELINE,
        recipe=body.recipe if body else None,
        key=key,
        purpose=body.reason if body else None,
        at=now,
    )
    with log_context(run_id=run.id):
        log.info("%s requested run %s, which makes a new baseline", describe_owner(owner), run.id)
    mark_replayed(run, now, response)
    return queue_requested(run, wiring, response)
