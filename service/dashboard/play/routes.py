"""The page to draw on: it guesses in the browser, and its answers are corrections as any others."""

from typing import Annotated, Any

from fastapi import Query, Request, Response
from pydantic import StringConstraints

from pipeline.corrections.players import hash_player
from service.access.play import Playing, Plays
from service.callers.play import KEPT_SECONDS
from service.dashboard.frame.rendering import render_page
from service.dashboard.frame.route import make_pages
from service.dashboard.play.examples import choose_example
from service.dashboard.play.fates import MOST, find_fates
from service.dashboard.play.files import list_modules, locate_module
from service.dashboard.play.script_route import make_script_routes
from service.http.addresses import name_address
from service.http.problems import NOT_FOUND, ProblemError
from service.http.rate_limit import refuse_for
from service.routes import answers
from service.schemas.answers import Answer, AnswerRequest
from service.wiring import Wired, Wiring

router = make_pages()
script_router = make_script_routes()

_DrawingId = Annotated[str, StringConstraints(pattern="^[A-Za-z0-9_-]{1,128}$")]
DrawingIds = Annotated[list[_DrawingId] | None, Query(alias="id", max_length=MOST)]
_NO_STORE = {"Cache-Control": "no-store"}


@router.get("/play")
def show_play(request: Request, wiring: Wired, playing: Plays) -> Response:
    """Show the page. Nothing is read for it: the browser loads the release by itself."""
    answer = render_page(
        request,
        "play/play.html.jinja",
        player=playing.player.id,
        form_token=playing.form_token,
        keys=[key.text for key in wiring.settings.trusted],
        modules=[locate_module(name) for name in list_modules()],
        main=locate_module("page/main.js"),
    )
    _keep_player(answer, wiring, playing)
    return answer


@script_router.post("/play/answers")
def take_answer(
    request: Request, wiring: Wired, playing: Plays, response: Response, body: AnswerRequest
) -> Answer:
    """Take an answer, as `POST /v1/corrections` does, of the player that this browser is.

    Answers are counted for the player, and for the address: who drops the cookie is a new player.
    """
    key = wiring.settings.player_key.get_secret_value().encode()
    address = hash_player(f"address {name_address(request.scope)}", key)  # Redis does not learn it
    wait_seconds = wiring.play_limit.take(address)
    if wait_seconds:
        raise refuse_for(wait_seconds, "Too many answers from this address")
    _keep_player(response, wiring, playing)
    return answers.answer(wiring, playing.player.id, None, response, body)


@script_router.get("/play/news")
def get_news(
    wiring: Wired, playing: Plays, response: Response, ids: DrawingIds = None
) -> dict[str, Any]:
    """Return what became of drawings of this player, and the run that is under way.

    Takes a read for each drawing and for each run that merged some, and two for the slot.
    """
    response.headers.update(_NO_STORE)
    fates = [*find_fates(ids or [], playing.player.id, wiring.ports)]
    return {"drawings": [fate._asdict() for fate in fates], "run": _describe_run(wiring)}


@script_router.get("/play/example")
def get_example(wiring: Wired, _playing: Plays, response: Response) -> dict[str, str]:
    """Return a drawing of the data set and what it shows; 404 before a run has stored some."""
    response.headers.update(_NO_STORE)
    known = wiring.samples.get()
    if known is None:
        raise ProblemError(NOT_FOUND, "There are no examples yet: the next retrain stores some.")
    return choose_example(known.drawings, wiring.settings.categories)


def _describe_run(wiring: Wiring) -> dict[str, str] | None:
    run = wiring.ports.runs.slot().run
    if run is None or run.state.ended:
        return None
    return {"id": run.id, "state": str(run.state), "message": run.progress.message}


def _keep_player(answer: Response, wiring: Wiring, playing: Playing) -> None:
    """Let the browser keep its player, from now on as long as browsers keep a cookie.

    Lax: who follows a link from another site to this page stays the same player.
    """
    players = wiring.browser_players
    answer.set_cookie(
        players.cookie,
        players.sign(playing.player),
        max_age=KEPT_SECONDS,
        secure=players.secure,
        httponly=True,
        samesite="lax",
    )
