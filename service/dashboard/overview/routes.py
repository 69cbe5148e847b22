"""The overview: the release, what waits, and what Redraw does now."""

from fastapi import Request, Response

from pipeline.pages.run_words import describe_end
from pipeline.records.runs import Run
from service.access.sessions import SignedIn
from service.dashboard.frame.parts import read_part
from service.dashboard.frame.rendering import render_page
from service.dashboard.frame.route import make_pages
from service.dashboard.overview.chart import NARROW, WIDE, draw_releases
from service.dashboard.overview.headline import Headline, describe_trial, write_headline
from service.dashboard.overview.state import State, find_running, read_state
from service.wiring import Wired

RUNS = 5
_NOTHING_NEW = 204

router = make_pages()


@router.get("/")
def show_overview(request: Request, wiring: Wired, _owner: SignedIn) -> Response:
    """Show the page."""
    state = read_state(wiring)
    past, release = state.past.value or [], state.release.value
    return render_page(
        request,
        "overview/overview.html.jinja",
        state=state,
        headline=_choose_headline(state),
        charts=[(name, draw_releases(past, state.at, width)) for name, width in _WIDTHS],
        past=past[::-1],
        trial=describe_trial(release.trial, release.version) if release and release.trial else None,
        runs=[(run, describe_end(run)) for run in _list_ended(state.runs.value or [])],
    )


@router.get("/overview/running")
def look_for_run(request: Request, wiring: Wired, owner: SignedIn) -> Response:
    """Return the overview if a run is under way; else nothing: a page that is open asks for it."""
    slot = read_part(wiring.ports.runs.slot).value
    if find_running(slot) is None:
        return Response(status_code=_NOTHING_NEW, headers={"Cache-Control": "no-store"})
    return show_overview(request, wiring, owner)


_WIDTHS = (("wide", WIDE), ("narrow", NARROW))


def _choose_headline(state: State) -> Headline:
    if state.past.value:
        return write_headline(state.past.value)
    if state.release.value is not None:
        return Headline(f"{state.release.value.version} is released", "")
    if state.release.trouble:
        return Headline("What is released is not known at the moment", "")
    return Headline("Nothing is released yet", "")


def _list_ended(runs: list[Run]) -> list[Run]:
    return [run for run in runs if run.state.ended][:RUNS]
