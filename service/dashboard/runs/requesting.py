"""Request a run from a page, and cancel one: the page says what came of it."""

from fastapi import Request, Response

from pipeline.formatting import shorten
from pipeline.run_errors import RunInProgress, TooLateToCancel
from service.dashboard.frame.paths import run_path
from service.dashboard.frame.route import go_and_say
from service.http.problems import ProblemError
from service.routes.events import cancel_retrain
from service.routes.retrains import request_retrain
from service.schemas.runs import RetrainRequest
from service.wiring import Wiring

MOST_WORDS = 300


def request_from_page(request: Request, wiring: Wiring, owner: str, why: str | None) -> Response:
    """Request a retrain, and lead to the page of the run that is under way then."""
    body = RetrainRequest(reason=why) if why else None
    try:
        run = request_retrain(wiring, owner, Response(), None, body)
    except RunInProgress as occupied:
        sentence = "A run is under way already: this one. Retrain again when it has ended."
        return go_and_say(request, run_path(occupied.run_id), sentence)
    except ProblemError as problem:
        run_id = problem.members.get("run_id")
        if run_id is None:
            raise
        return go_and_say(request, run_path(run_id), shorten(problem.detail, MOST_WORDS))
    return go_and_say(
        request, run_path(run.id), "The run is requested. A worker begins it shortly."
    )


def cancel_from_page(request: Request, wiring: Wiring, owner: str, run_id: str) -> Response:
    """Cancel a run, and lead to its page."""
    try:
        run = cancel_retrain(wiring, owner, run_id)
    except TooLateToCancel as late:
        return go_and_say(request, run_path(run_id), shorten(f"{late}.", MOST_WORDS))
    sentence = "The run is cancelled." if run.state.ended else "The run ends within seconds."
    return go_and_say(request, run_path(run_id), sentence)
