"""Take players' answers: a correction with its canvas."""

import logging

from fastapi import Response

from pipeline.corrections.answering import SentAnswer, make_drawing_id, take_answer
from pipeline.corrections.players import hash_player
from pipeline.logs.context import log_context, name_correction
from service.access.attestation import Attested
from service.access.roles import Player
from service.contract.idempotency import REPLAYED, REPLAYED_HEADER, IdempotencyKey
from service.contract.routers import make_router
from service.http.problems import (
    DRAWING_ID_TAKEN,
    IDEMPOTENCY_MISMATCH,
    INVALID_DRAWING,
    INVALID_REQUEST,
    NOT_ATTESTED,
    NOT_PLAYER,
    RATE_LIMITED,
    TOO_LARGE,
    UNAUTHENTICATED,
    UNAVAILABLE,
    ProblemError,
    problem_responses,
)
from service.http.rate_limit import refuse_for
from service.schemas.answers import Answer, AnswerRequest
from service.wiring import Wired

router = make_router(tags=["corrections"])
log = logging.getLogger(__name__)

_HEADERS = {
    "Location": {
        "description": "Path of the correction, for owners.",
        "schema": {"type": "string"},
    },
    **REPLAYED_HEADER,
}


@router.post(
    "/v1/corrections",
    status_code=201,
    summary="Answer what a drawing shows",
    response_description="The answer was written: canvas and document, as the game writes them.",
    responses={
        **problem_responses(
            UNAUTHENTICATED,
            NOT_PLAYER,
            NOT_ATTESTED,
            DRAWING_ID_TAKEN,
            TOO_LARGE,
            INVALID_REQUEST,
            INVALID_DRAWING,
            IDEMPOTENCY_MISMATCH,
            RATE_LIMITED,
            UNAVAILABLE,
        ),
        200: {
            "model": Answer,
            "description": "The player's answer about this drawing was there already; it stays.",
            "headers": _HEADERS,
        },
        201: {"headers": _HEADERS},
    },
)
def answer(
    wiring: Wired,
    player: Player,
    _attested: Attested,
    response: Response,
    body: AnswerRequest,
    key: IdempotencyKey = None,
) -> Answer:
    """Take a player's answer, also one that confirms the guess. The next run reads it.

    A drawing has one answer: with the same `drawingId`, the same player can repeat the request,
    which completes what was interrupted and changes nothing else. Without a `drawingId`, the same
    `Idempotency-Key` of the same player stands for the same drawing, for good. Canvas and
    strokes are tried as a run tries them; what it could not use is refused, before anything is
    written.
    """
    # In Redis stands the hash, as everywhere but in the game's own documents.
    key_of_hash = wiring.settings.player_key.get_secret_value().encode()
    wait_seconds = wiring.answer_limit.take(hash_player(player, key_of_hash))
    if wait_seconds:
        raise refuse_for(wait_seconds, "Too many answers of one player")
    details = body.model_dump(
        by_alias=True, exclude_none=True, exclude={"canvas", "strokes", "drawing_id"}
    )
    sent = SentAnswer(
        body.drawing_id or make_drawing_id(player, key, wiring.settings),
        details,
        body.canvas,
        None if body.strokes is None else [stroke.model_dump() for stroke in body.strokes],
    )
    taken = take_answer(sent, player, wiring.ports, wiring.settings)
    if key is not None and body.drawing_id is None and not taken.is_new:
        if not taken.is_same:
            raise ProblemError(
                IDEMPOTENCY_MISMATCH,
                "This Idempotency-Key was sent with another label: choose a new key for each"
                " answer.",
            )
        response.headers[REPLAYED] = "true"
    response.status_code = 201 if taken.is_new else 200
    response.headers["Location"] = f"/v1/corrections/{taken.id}"
    response.headers["Cache-Control"] = "no-store"
    with log_context(correction_id=name_correction(taken.id)):
        log.info("an answer was %s", "written" if taken.is_new else "there already")
    return Answer(
        id=taken.id,
        drawing_id=taken.id,
        corrected_label=taken.label,
        status=taken.state,
        reason=taken.reason,
    )
