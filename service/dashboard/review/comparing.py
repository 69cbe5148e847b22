"""Show the sample drawings that the released version sees as most like the one to decide on."""

from typing import Annotated, NamedTuple

from fastapi import Query, Request, Response
from starlette.concurrency import run_in_threadpool

from pipeline.corrections import listing
from pipeline.drawings import Images
from pipeline.errors import NotFound
from service.access.sessions import SignedIn
from service.backends.slow_result import StillWorking
from service.dashboard.frame.parts import Part, read_part
from service.dashboard.frame.rendering import render_page
from service.dashboard.frame.route import go_to, make_pages
from service.dashboard.review.showing import HELPERS
from service.schemas.base import DocumentId
from service.versions.predictors import Serving
from service.wiring import Wired, Wiring

NEAREST = 3
"""Drawings of each class."""

router = make_pages()


class Compared(NamedTuple):
    """What is shown beside a drawing.

    rows: classes with their nearest drawings, uint8 `(n, 28, 28)`; first that of the player. why:
    why there are none, as a sentence. working: whether there will be some in a few seconds.
    """

    rows: list[tuple[str, Images]]
    why: str | None = None
    working: bool = False


WORKING = Compared([], "The nearest drawings are being looked for, once for each backbone.", True)


@router.get("/review/nearest")
async def show_nearest(
    request: Request,
    wiring: Wired,
    _owner: SignedIn,
    correction_id: Annotated[DocumentId | None, Query(alias="id")] = None,
) -> Response:
    """Show the nearest drawings of the player's class, and of the class that was guessed."""
    if correction_id is None:
        return go_to("/review")
    serving = await wiring.predictors.get()
    part = await run_in_threadpool(_read, wiring, serving, correction_id)
    return render_page(
        request,
        "review/nearest.html.jinja",
        part=part,
        correction_id=correction_id,
        alone="hx-request" not in request.headers,
        **HELPERS,
    )


def _read(wiring: Wiring, serving: Serving | None, correction_id: str) -> Part[Compared]:
    return read_part(lambda: compare(wiring, serving, correction_id), "Storage")


def compare(wiring: Wiring, serving: Serving | None, correction_id: str) -> Compared:
    """Find the nearest drawings of a correction's classes, as far as there are any."""
    if serving is None:
        return Compared([], "No version is released that could compare drawings.")
    names = wiring.settings.categories
    try:
        document = wiring.ports.corrections.get(correction_id)
        drawing = listing.make_drawing(document, wiring.ports.artefacts, wiring.settings)
    except NotFound:
        return Compared([], "There is no drawing to compare.")
    shown = listing.describe_document(document, None)
    said = dict.fromkeys((shown.corrected_label, shown.original_prediction))
    labels = [names.index(name) for name in said if name in names]
    try:
        found = wiring.nearest.find(serving.champion.model, drawing, labels, NEAREST)
    except StillWorking:
        return WORKING
    if found is None:
        return Compared([], "There are no drawings to compare yet: the next run stores them.")
    return Compared([(names[label], found[label]) for label in labels])
