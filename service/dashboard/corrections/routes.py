"""Corrections as pictures: a grid with filters, one with all about it, and its drawing."""

import hashlib
import re
from typing import Annotated

from fastapi import Form, Request, Response

from pipeline.reasons import DrawingReason, RefusalReason
from pipeline.records.corrections import CorrectionState
from pipeline.records.versions import VERSION_PATTERN
from service.access.sessions import SignedIn
from service.dashboard.corrections.detail import PARTS, SPLITS, read_detail, read_merged
from service.dashboard.corrections.filters import (
    STATES,
    Filters,
    describe_filters,
    list_chips,
    list_reasons,
    read_filters,
)
from service.dashboard.corrections.listing import (
    Grid,
    count_grid,
    describe_tile,
    read_grid,
    read_player,
)
from service.dashboard.corrections.pictures import make_picture
from service.dashboard.frame.parts import Part, read_part
from service.dashboard.frame.rendering import render_page
from service.dashboard.frame.route import go_and_say, make_pages
from service.http.conditional import lists_tag
from service.routes import corrections
from service.routes.corrections import After, CorrectionId
from service.schemas.corrections import ReopenRequest
from service.wiring import Wired

KEEP = "private, max-age=300"
"""Turning back to a page within five minutes costs no read; then the tag is asked for."""
_REOPENED = frozenset({*map(str, DrawingReason), *map(str, RefusalReason)} - {RefusalReason.OWNER})

router = make_pages()


@router.get("/corrections")
def show_corrections(
    request: Request, wiring: Wired, _owner: SignedIn, after: After = None
) -> Response:
    """Show the corrections that fit the filters of the address."""
    categories = wiring.settings.categories
    filters = read_filters(request.query_params, categories)
    player = read_part(lambda: read_player(wiring, filters))
    grid: Part[Grid] = Part(None, player.trouble)
    total: Part[int] = Part(None, player.trouble)
    if player.trouble is None:
        grid = read_part(lambda: read_grid(wiring, filters, player.value, after))
        total = read_part(lambda: count_grid(wiring, filters, player.value))
    finding = "Corrections" if total.value is None else describe_filters(filters, total.value)
    return render_page(
        request,
        "corrections/corrections.html.jinja",
        filters=filters,
        chips=list_chips(filters),
        states=STATES,
        reasons=list_reasons(filters.state),
        categories=categories,
        grid=grid,
        total=total,
        finding=finding,
        after=after,
        can_reopen=_may_reopen(filters) and bool(total.value),
    )


@router.post("/corrections/reopen")
def reopen(
    request: Request, wiring: Wired, owner: SignedIn, reason: Annotated[str, Form()]
) -> Response:
    """Make what is refused for a reason pending again, and show the rest."""
    done = corrections.reopen(wiring, owner, ReopenRequest(reason=reason))
    filters = Filters(state=CorrectionState.REFUSED, reason=reason)
    one = "1 correction is" if done.reopened == 1 else f"{done.reopened:,} corrections are"
    rest = " There are more: do it again for those." if done.more else ""
    return go_and_say(
        request, filters.write(), f"{one} pending again: the next run reads them.{rest}"
    )


@router.get("/corrections/{correction_id}")
def show_correction(
    request: Request, wiring: Wired, _owner: SignedIn, correction_id: CorrectionId
) -> Response:
    """Show all about one correction."""
    detail = read_detail(wiring, correction_id)
    correction = detail.correction
    version = correction.model_version or ""
    same = Filters(state=correction.state, reason=correction.reason)
    return render_page(
        request,
        "corrections/correction.html.jinja",
        detail=detail,
        tile=describe_tile(correction),
        merged=read_part(lambda: read_merged(wiring, correction)),
        reopen=same.write() if _may_reopen(same) else None,
        version=version if re.fullmatch(VERSION_PATTERN, version) else None,
        parts=PARTS,
        splits=SPLITS,
    )


@router.get("/corrections/{correction_id}/drawing.png")
async def show_drawing(
    request: Request, wiring: Wired, _owner: SignedIn, correction_id: CorrectionId
) -> Response:
    """Send the drawing as a run makes it; the player's own file is never sent.

    Where there is none the answer is a picture of words that say why: no page has holes.
    """
    picture = await make_picture(wiring, correction_id)
    tag = f'"{hashlib.sha256(picture.content).hexdigest()[:32]}"'
    headers = {
        "Cache-Control": KEEP if picture.kept else "no-store",
        "ETag": tag,
        "Cross-Origin-Resource-Policy": "same-origin",
        "Vary": "Cookie",
    }
    if picture.kept and lists_tag(request.headers.get("If-None-Match"), tag):
        return Response(status_code=304, headers=headers)
    return Response(picture.content, headers=headers, media_type=picture.media_type)


def _may_reopen(filters: Filters) -> bool:
    """Return whether these are all that are refused for a reason that may go away."""
    alone = filters == Filters(state=filters.state, reason=filters.reason)
    return alone and filters.state is CorrectionState.REFUSED and filters.reason in _REOPENED
