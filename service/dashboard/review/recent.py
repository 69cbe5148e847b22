"""The list of recent decisions: who decided what, when, and what became of it."""

from typing import Annotated, NamedTuple

from fastapi import Query, Request, Response

from pipeline.corrections import listing
from pipeline.corrections.listing import ListedCorrection
from pipeline.ports import CorrectionSource
from pipeline.reasons import RefusalReason
from pipeline.records.by_time import MAX_PLACE
from pipeline.records.corrections import CorrectionState, OwnerDecision
from service.access.sessions import SignedIn
from service.dashboard.frame.parts import read_part
from service.dashboard.frame.rendering import render_page
from service.dashboard.frame.route import make_pages
from service.dashboard.review.showing import HELPERS
from service.wiring import Wired

ROWS = 24

router = make_pages()


class Row(NamedTuple):
    """A decision, its correction as it is now (None: deleted), and whether it can be undone."""

    decision: OwnerDecision
    correction: ListedCorrection | None
    can_undo: bool


class Recent(NamedTuple):
    """A part of the list. next_after: where the next one starts; None on the last."""

    rows: list[Row]
    next_after: str | None


def read_recent(corrections: CorrectionSource, after: str | None) -> Recent:
    """Return decisions, the newest first, with the corrections as they are now."""
    page = corrections.page_decisions(after, ROWS)
    found = corrections.look_up([decision.correction_id for decision in page.records])
    rows = []
    for decision in page.records:
        document = found.get(decision.correction_id)
        listed = None if document is None else listing.describe_document(document, decision)
        rows.append(Row(decision, listed, listed is not None and _can_undo(listed)))
    return Recent(rows, page.next_after)


@router.get("/review/recent")
def show_recent(
    request: Request,
    wiring: Wired,
    _owner: SignedIn,
    after: Annotated[str | None, Query(max_length=MAX_PLACE)] = None,
) -> Response:
    """Show the list."""
    part = read_part(lambda: read_recent(wiring.ports.corrections, after))
    return render_page(request, "review/recent.html.jinja", recent=part, first=not after, **HELPERS)


def _can_undo(correction: ListedCorrection) -> bool:
    return correction.state is CorrectionState.PENDING or (
        correction.state is CorrectionState.REFUSED and correction.reason == RefusalReason.OWNER
    )
