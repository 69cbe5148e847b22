"""The drawings behind a comparison: of a cell of the matrix, and those gained, lost or moved."""

from typing import Annotated, Literal

from fastapi import Query, Request, Response

from pipeline.cards.comparison import find_moved
from pipeline.errors import NotFound
from pipeline.formatting import format_category
from service.access.sessions import SignedIn
from service.dashboard.frame.rendering import render_page
from service.dashboard.frame.route import make_pages
from service.dashboard.versions.galleries import AT_ONCE, Gallery, make_gallery, read_samples
from service.dashboard.versions.pairs import Compared, compare_pair, read_pair
from service.schemas.base import Version
from service.wiring import Wired, Wiring

router = make_pages()

Earlier = Annotated[Version, Query(alias="from")]
Later = Annotated[Version, Query(alias="to")]
Label = Annotated[int, Query(ge=0, le=254)]
Place = Annotated[int, Query(ge=0, le=10_000_000)]
"""How many pictures the pages before have shown."""


@router.get("/versions/compare/cell")
def show_cell(
    request: Request,
    wiring: Wired,
    _owner: SignedIn,
    *,
    earlier: Earlier,
    later: Later,
    drawn: Label,
    guessed: Label,
    after: Place = 0,
) -> Response:
    """Show the drawings of one class that came into a cell of the matrix, and those that left."""
    compared = require_compared(wiring, earlier, later)
    names = [format_category(name) for name in compared.categories]
    if max(drawn, guessed) >= len(names):
        raise NotFound(f"the versions know {len(names)} classes: follow a link of the comparison")
    came, left = find_moved(compared.before, compared.after, drawn, guessed)
    samples = read_samples(wiring, compared)
    galleries = [
        make_gallery(title, rows, compared, samples.value, most=AT_ONCE, after=after)
        for title, rows in (
            (f"New: {later} guesses {names[guessed]}, {earlier} did not", came),
            (f"Gone: {earlier} guessed {names[guessed]}, {later} does not", left),
        )
    ]
    return render_page(
        request,
        "versions/drawings.html.jinja",
        pair=compared.pair,
        heading=f"{names[drawn][:1].upper()}{names[drawn][1:]} drawn, {names[guessed]} guessed",
        samples=samples,
        galleries=galleries,
        next=link_next(galleries, compared.pair.link_cell(drawn, guessed)),
    )


@router.get("/versions/compare/drawings")
def show_changed(
    request: Request,
    wiring: Wired,
    _owner: SignedIn,
    *,
    earlier: Earlier,
    later: Later,
    kind: Literal["gained", "lost", "other"] = "gained",
    after: Place = 0,
) -> Response:
    """Show the drawings that only one of the versions recognises, or that both mistake anew."""
    compared = require_compared(wiring, earlier, later)
    rows, heading = {
        "gained": (compared.found.gained, f"Recognised by {later}, not by {earlier}"),
        "lost": (compared.found.lost, f"Recognised by {earlier}, not by {later}"),
        "other": (compared.found.other, "Mistaken by both, for different classes"),
    }[kind]
    samples = read_samples(wiring, compared)
    gallery = make_gallery("All classes", rows, compared, samples.value, most=AT_ONCE, after=after)
    return render_page(
        request,
        "versions/drawings.html.jinja",
        pair=compared.pair,
        heading=heading,
        samples=samples,
        galleries=[gallery],
        next=link_next([gallery], compared.pair.link("drawings", kind=kind)),
    )


def require_compared(wiring: Wiring, earlier: str, later: str) -> Compared:
    """Return the comparison of two versions.

    Raises:
        NotFound: there is no such version, or the two cannot be compared.
    """
    compared = compare_pair(wiring, read_pair(wiring, earlier, later))
    if isinstance(compared, str):
        raise NotFound(f"{earlier} and {later} cannot be compared. {compared}")
    return compared


def link_next(galleries: list[Gallery], address: str) -> str | None:
    """Return the address of the next page; None: this is the last."""
    places = [gallery.more for gallery in galleries if gallery.more is not None]
    return f"{address}&after={max(places)}" if places else None
