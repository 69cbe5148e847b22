"""The history of runs, one run, and a run while it goes on."""

from typing import Annotated

from fastapi import Form, Query, Request, Response
from pydantic import BeforeValidator

from pipeline.pages.run_words import KIND_WORDS, TRIGGER_WORDS
from pipeline.records.forgetting import Receipt
from pipeline.records.runs import RunKind, RunState, Trigger
from service.access.sessions import SignedIn
from service.dashboard.frame.parts import Part, read_part
from service.dashboard.frame.rendering import render_page
from service.dashboard.frame.route import make_pages
from service.dashboard.runs.history import Filters, show_row
from service.dashboard.runs.live import make_form
from service.dashboard.runs.one import show_run
from service.dashboard.runs.parts import Examples, find_examples, read_receipt
from service.dashboard.runs.requesting import cancel_from_page, request_from_page
from service.following.events import describe_now
from service.following.feed import EARLIER_RUNS
from service.following.progress import describe_progress
from service.following.stream import RunStream
from service.routes.events import LastEventId, has_told_all, open_feed
from service.schemas.base import RunId
from service.schemas.lists import AfterPlace
from service.wiring import Wired

PAGE = 25

router = make_pages()


def _leave_out_empty(text: object) -> object:
    return text or None


Choice = BeforeValidator(_leave_out_empty)
"""A form sends the empty text for "any"."""


@router.get("/runs")
def show_runs(
    request: Request,
    wiring: Wired,
    _owner: SignedIn,
    *,
    state: Annotated[RunState | None, Choice, Query()] = None,
    kind: Annotated[RunKind | None, Choice, Query()] = None,
    trigger: Annotated[Trigger | None, Choice, Query()] = None,
    after: AfterPlace = None,
) -> Response:
    """Show the newest runs, or those behind a place, that the filters let through."""
    filters = Filters(state, kind, trigger)
    page = read_part(lambda: wiring.ports.runs.page(after, PAGE, **filters._asdict()))
    found = page.value
    return render_page(
        request,
        "runs/runs.html.jinja",
        filters=filters,
        states=[(each, each) for each in RunState],
        kinds=KIND_WORDS.items(),
        triggers=TRIGGER_WORDS.items(),
        rows=[show_row(run) for run in found.records] if found else [],
        unreadable=found.unreadable if found else [],
        more=filters.address(found.next_after) if found and found.next_after else None,
        trouble=page.trouble,
        first=after is None,
    )


@router.post("/runs")
def request_run(
    request: Request,
    wiring: Wired,
    owner: SignedIn,
    why: Annotated[str | None, Form(max_length=200)] = None,
) -> Response:
    """Request a retrain; lead to its page, or to that of the run that is under way."""
    return request_from_page(request, wiring, owner, why)


@router.get("/runs/{run_id}")
def show_one_run(request: Request, wiring: Wired, _owner: SignedIn, run_id: RunId) -> Response:
    """Show what a run did, and why it ended so; while it goes on, how far it is."""
    run = wiring.ports.runs.get(run_id)
    shown = show_run(run)
    live = None
    examples: Part[Examples] = Part(Examples({}))
    receipt: Part[Receipt | None] = Part(None)
    if not run.state.ended:
        earlier = read_part(lambda: wiring.ports.runs.list(EARLIER_RUNS)).value
        live = describe_progress(run, describe_now(run, earlier or ()))
    if shown.heaps:
        examples = read_part(lambda: find_examples(wiring.ports, run, shown.heaps))
    if run.forgotten is not None:
        receipt = read_part(lambda: read_receipt(wiring.ports, run), "Storage")
    return render_page(
        request,
        "runs/run.html.jinja",
        shown=shown,
        live=live,
        examples=examples,
        receipt=receipt,
    )


@router.post("/runs/{run_id}/cancel")
def cancel_run(request: Request, wiring: Wired, owner: SignedIn, run_id: RunId) -> Response:
    """Cancel a run, and lead to its page."""
    return cancel_from_page(request, wiring, owner, run_id)


@router.get("/runs/{run_id}/live")
async def follow_run(
    request: Request,
    wiring: Wired,
    _owner: SignedIn,
    run_id: RunId,
    last_event_id: LastEventId = None,
) -> Response:
    """Send how far a run is, as a part of the page, after each change; then that it has ended."""
    feed = await open_feed(wiring, run_id)
    last = int(last_event_id) if last_event_id else -1
    if has_told_all(feed, last):
        last -= 1  # a browser that comes again has missed that this was the end
    return RunStream(feed, last, make_form(request, feed))
