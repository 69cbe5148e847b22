"""Guess what drawings show."""

import asyncio
import json
import uuid
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError

from pipeline.errors import InvalidDrawing, RedrawError, Retryable, Unavailable
from pipeline.records.corrections import Canvas
from pipeline.settings import Settings
from service.access.roles import Caller, find_caller
from service.access.rules import Allow, Rule
from service.callers.api_key import API_KEY
from service.contract.routers import make_router
from service.http.problems import (
    INVALID_DRAWING,
    INVALID_REQUEST,
    NO_RELEASE,
    OTHER_MEDIA_TYPE,
    TOO_LARGE,
    UNAUTHENTICATED,
    UNAVAILABLE,
    UNREADABLE,
    ProblemError,
    describe_problem,
    problem_responses,
)
from service.schemas.predict import (
    BODY_CONTENT,
    BODY_KINDS,
    PREDICT_BODY,
    TOP,
    DrawnCanvas,
    Guess,
    Guesses,
    NoGuess,
    PredictBatch,
    PredictQuery,
)
from service.versions.predictions import guess, write_png
from service.versions.predictors import Serving
from service.wiring import Wired, Wiring

_NOTHING = "Nothing is released, so nothing can guess: `redraw baseline` makes a first version."
_KINDS = "send image/png, image/jpeg or application/json"
_PATH = "/v1/predict"
MOST_COMMAS = 100_000
"""In JSON: more than the strokes of one drawing may have, and those of 32 usual ones. They take ten
milliseconds to parse."""


def _choose_rule(settings: Settings) -> Rule:
    return Rule.PLAYER if settings.predict.callers == "players" else Rule.VISITOR


_ALLOW = Allow(_choose_rule)
Guesser = Annotated[Caller, Depends(_ALLOW)]
_NO_QUERY = PredictQuery()


class QuickRoute(APIRoute):
    """A route whose function is called directly.

    FastAPI finds out anew for each request what the parameters of a function need, which took a
    third of the web process's time for a guess. Here the same functions are called by name.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request; errors go to the application's handlers as usual."""

        async def handle(request: Request) -> Response:
            wiring: Wiring = request.app.state.wiring
            caller = await _ALLOW(request, wiring, await find_caller(request, wiring))
            return await predict(request, wiring, caller, _read_query(request))

        return handle


router = make_router(tags=["predict"], route_class=QuickRoute)


@router.post(
    _PATH,
    summary="Guess what a drawing shows",
    response_model=Guess | Guesses,
    response_description="The guess, or the guesses of a batch.",
    openapi_extra={"requestBody": {"required": True, "content": BODY_CONTENT}},
    responses=problem_responses(
        UNAUTHENTICATED,
        NO_RELEASE,
        UNREADABLE,
        TOO_LARGE,
        OTHER_MEDIA_TYPE,
        INVALID_REQUEST,
        INVALID_DRAWING,
        UNAVAILABLE,
    ),
)
async def predict(
    request: Request,
    wiring: Wired,
    caller: Guesser,
    query: Annotated[PredictQuery, Query()],
) -> Response:
    """Guess what a canvas, or strokes, show, and say whether to ask the player.

    The body is a PNG or JPEG, or JSON with `canvas` (base64, or a data: URL) or `strokes`, or JSON
    with up to 32 of these under `drawings`, each of which counts as a request. What the query says
    about a picture, JSON says in its fields, which count before the query. Of a batch, a drawing
    that cannot be used gets a `problem` in place of a guess, and the others are guessed.

    The released version guesses, or the one on trial for players in the trial of a canary. The
    player is that of the token; without a token, the field `player` says who it is.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    player = None if caller.uid == API_KEY else caller.uid
    drawing_id, top, with_drawing = query.drawing_id, query.top, query.with_drawing
    canvases: list[tuple[Canvas, str | None]]
    if kind.startswith("image/"):
        data = await request.body()
        canvases, is_batch = [(Canvas(image=data), drawing_id)], False
    elif kind == "application/json" or kind.endswith("+json"):
        body = _parse(await request.body())
        is_batch = isinstance(body, PredictBatch)
        drawn = body.drawings if isinstance(body, PredictBatch) else [body]
        canvases = [
            (_find_canvas(each), each.drawing_id or (None if is_batch else drawing_id))
            for each in drawn
        ]
        player = player or body.player
        top = body.top or top
        with_drawing = with_drawing if body.with_drawing is None else body.with_drawing
    else:
        raise ProblemError(OTHER_MEDIA_TYPE, f"the body is {kind or 'of no named kind'}: {_KINDS}")
    wiring.limits.charge(request.scope, len(canvases))
    serving = await _find_serving(wiring)

    async def answer(canvas: Canvas, name: str | None) -> Guess | NoGuess:
        name = name or uuid.uuid4().hex
        try:
            drawing = await wiring.canvases.draw(canvas)
        except InvalidDrawing as error:
            if not is_batch:
                raise ProblemError(INVALID_DRAWING, str(error), reason=error.reason) from None
            problem = describe_problem(INVALID_DRAWING, str(error), _PATH, reason=error.reason)
            return NoGuess(drawing_id=name, problem=problem)
        guessed = guess(serving, drawing, name, player, top or TOP)
        return (
            guessed.model_copy(update={"drawing": write_png(drawing)}) if with_drawing else guessed
        )

    if not is_batch:
        return _send(await answer(*canvases[0]))
    return _send(Guesses(guesses=await asyncio.gather(*(answer(*each) for each in canvases))))


def _read_query(request: Request) -> PredictQuery:
    if not request.scope["query_string"]:
        return _NO_QUERY
    given = {name: value for name, value in request.query_params.items() if value}
    try:
        return PredictQuery.model_validate(given)
    except ValidationError as error:
        raise _refuse(error, "query", given) from None


def _parse(data: bytes) -> Any:
    # All that is parsed is parsed at once, while no other request is answered.
    if data.count(b",") > MOST_COMMAS:
        raise ProblemError(
            TOO_LARGE, f"strokes have at most {MOST_COMMAS:,} numbers together: send fewer at once"
        )
    try:
        return PREDICT_BODY.validate_json(data)
    except ValidationError as error:
        body = None
        with suppress(ValueError, RecursionError):
            body = json.loads(data)
        raise _refuse(error, "body", body) from None


def _refuse(error: ValidationError, part: str, given: Any) -> RequestValidationError:
    """Return the error for an invalid part of a request, as FastAPI would raise it."""
    mistakes = error.errors(include_url=False, include_input=False, include_context=False)
    for mistake in mistakes:
        # The first part of a place in a body is the kind that was tried, which no caller knows.
        place = mistake["loc"]
        mistake["loc"] = (part, *(place[1:] if place and place[0] in BODY_KINDS else place))
    return RequestValidationError(mistakes, body=given)


def _find_canvas(drawn: DrawnCanvas) -> Canvas:
    return Canvas(strokes=drawn.strokes, image=drawn.canvas)


async def _find_serving(wiring: Wiring) -> Serving:
    try:
        serving = await wiring.predictors.get()
    except Retryable:
        raise
    except RedrawError as error:
        raise Unavailable(str(error)) from error
    if serving is None:
        raise ProblemError(NO_RELEASE, _NOTHING)
    return serving


def _send(body: BaseModel) -> Response:
    """Return the answer. It is about one player's drawing, so no cache keeps it."""
    return Response(
        body.model_dump_json(by_alias=True, exclude_none=False),
        headers={"Cache-Control": "no-store"},
        media_type="application/json",
    )
