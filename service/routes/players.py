"""Forget players: what they sent, and what models learned from it."""

import logging
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from pipeline.forgetting.preview import preview_forgetting
from pipeline.forgetting.requests import request_forgetting
from pipeline.logs.context import log_context
from pipeline.records.forgetting import Preview
from pipeline.records.runs import Run
from service.callers.roles import Owner, describe_owner
from service.http.problems import (
    INVALID_REQUEST,
    NOT_OWNER,
    NOT_QUEUED,
    RUN_IN_PROGRESS,
    UNAUTHENTICATED,
    UNAVAILABLE,
    VERSION_NOT_READY,
    problem_responses,
)
from service.routes.retrains import REQUESTED, queue_requested
from service.wiring import Wired

router = APIRouter(prefix="/v1/players", tags=["players"])
log = logging.getLogger(__name__)

# Any text: the game's clients write it.
PlayerId = Annotated[
    str, Path(description="The userId of the corrections, percent-encoded.", examples=["Zk3uid81"])
]
PREVIEWED = problem_responses(
    UNAUTHENTICATED, NOT_OWNER, VERSION_NOT_READY, INVALID_REQUEST, UNAVAILABLE
)


@router.get(
    "/{player_id:path}/preview",
    summary="Count what forgetting a player would delete",
    response_description="Counts of what would be deleted, and the versions that learned from it.",
    responses=PREVIEWED,
)
def preview_player(
    wiring: Wired, _owner: Owner, response: Response, player_id: PlayerId
) -> Preview:
    """Look at every correction and every revision of the data set; nothing is changed.

    An unknown player has zeros.
    """
    response.headers["Cache-Control"] = "no-store"
    return preview_forgetting(player_id, wiring.ports, wiring.settings)


@router.delete(
    "/{player_id:path}",
    status_code=202,
    summary="Forget a player",
    response_description="The run, recorded and queued. `Location` is its address. With `preview`,"
    " counts of what it would delete (200).",
    responses={
        **problem_responses(
            UNAUTHENTICATED,
            NOT_OWNER,
            RUN_IN_PROGRESS,
            VERSION_NOT_READY,
            INVALID_REQUEST,
            UNAVAILABLE,
            NOT_QUEUED,
        ),
        202: REQUESTED[202],
        200: {"model": Preview, "description": "With `preview`: what would be deleted."},
    },
    response_model=Run,
)
def forget_player(
    wiring: Wired,
    owner: Owner,
    response: Response,
    player_id: PlayerId,
    preview: Annotated[
        bool, Query(description="Only count what would be deleted, as the route `preview`.")
    ] = False,
) -> Response | Run:
    """Request a run that deletes what the player sent, and what was learned from it, for good.

    It takes the same place as a retrain: only one run is under way at a time; while one is, the
    answer is 409. The run is at `/v1/retrains/{id}`; `forgotten` there says what was deleted. The
    run does not say who the player was. Repeated, it finds nothing more to delete.
    """
    if preview:
        found = preview_player(wiring, owner, response, player_id)
        body = found.model_dump_json(by_alias=True)
        return Response(body, 200, {"Cache-Control": "no-store"}, "application/json")
    run = request_forgetting(wiring.ports.runs, player_id, owner)
    with log_context(run_id=run.id):
        log.info("%s requested run %s, which forgets a player", describe_owner(owner), run.id)
    return queue_requested(run, wiring, response)
