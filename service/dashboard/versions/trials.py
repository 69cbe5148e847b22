"""Trials: what the open one has shown, its end, and those before."""

from typing import Annotated, Literal

from fastapi import Form, Request, Response

from pipeline.formatting import format_percent
from pipeline.pages.looks import draw_looks
from pipeline.pages.trial_words import describe_state, describe_trial, format_difference
from pipeline.records.trials import Trial, TrialKind, TrialState
from service.access.sessions import SignedIn
from service.dashboard.frame.parts import read_part, read_release
from service.dashboard.frame.rendering import render_page
from service.dashboard.frame.route import go_and_say, make_pages
from service.dashboard.versions.words import name_person
from service.routes.trials import list_trials, start_version_trial, stop_version_trial
from service.schemas.base import Version
from service.schemas.trials import TrialRequest
from service.wiring import Wired

PAGE = 12
MOST_LOOKS = 12
"""Looks in the picture; the table lists all."""
router = make_pages()


@router.get("/trial")
def show_trial(request: Request, wiring: Wired, owner: SignedIn) -> Response:
    """Show the open trial, or the last one, with its evidence."""
    trials = read_part(lambda: list_trials(wiring, owner, None, None, PAGE))
    listed = trials.value.trials if trials.value else []
    shown = next((each for each in listed if each.state is TrialState.OPEN), None)
    shown = shown or next(iter(listed), None)
    release = read_release(wiring)
    return render_page(
        request,
        "versions/trial.html.jinja",
        trials=trials,
        trial=shown,
        earlier=[each for each in listed if each is not shown],
        release=release,
        picture=draw_looks(shown.looks[-MOST_LOOKS:]) if shown and shown.looks else None,
        finding=state_finding(shown),
        described=describe_trial(shown) if shown else None,
        describe_state=describe_state,
        format_difference=format_difference,
        name_person=name_person,
    )


@router.post("/versions/{version}/trial")
def start_trial(
    request: Request,
    wiring: Wired,
    owner: SignedIn,
    version: Version,
    *,
    kind: Annotated[Literal["shadow", "canary"] | None, Form()] = None,
    percent: Annotated[float | None, Form(gt=0, le=100)] = None,
    days: Annotated[float | None, Form(gt=0, le=365)] = None,
) -> Response:
    """Try a version on players before all get it."""
    share = None if percent is None else percent / 100
    answer = start_version_trial(
        wiring, owner, version, TrialRequest(kind=kind, share=share, days=days)
    )
    trial = answer.trial
    told = f" with {format_percent(trial.share, 0)} of the players" if trial else ""
    return go_and_say(request, "/trial", f"{version} is on trial{told}.")


@router.post("/trial/stop")
def stop_trial(
    request: Request, wiring: Wired, owner: SignedIn, version: Annotated[Version, Form()]
) -> Response:
    """Stop the open trial; the released version stays."""
    answer = stop_version_trial(wiring, owner, version)
    stays = f" {answer.release.version} stays released." if answer.release else ""
    return go_and_say(request, "/trial", f"The trial of {version} is over.{stays}")


def state_finding(trial: Trial | None) -> str:
    """Return what a trial has shown so far, as a short sentence."""
    if trial is None:
        return "No version was ever on trial"
    # Of a watch, the evidence is about the release, and the trial's version is what was before.
    asked, other = (
        (trial.against, trial.version)
        if trial.kind is TrialKind.WATCH
        else (trial.version, trial.against)
    )
    if trial.state is not TrialState.OPEN:
        return {
            TrialState.PROMOTED: f"{trial.version} was tried, and released",
            TrialState.ROLLED_BACK: f"{asked} was worse, and {other} was released again",
            TrialState.STOPPED: f"The trial of {trial.version} was stopped",
        }.get(trial.state, f"The trial of {trial.version} has ended")
    if not trial.looks:
        return f"{asked} is compared with {other}: no run has looked yet"
    verdict = {
        "better": f"{asked} is better than {other}",
        "worse": f"{asked} is worse than {other}",
        "futile": f"{asked} is hardly better than {other}",
    }
    return verdict.get(
        trial.looks[-1].verdict, f"It is open whether {asked} is better than {other}"
    )
