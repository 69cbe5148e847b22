"""The pages to decide on all that is held for a reason, and to take that back."""

import logging
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Literal

from fastapi import Form, Path, Query, Request, Response

from pipeline.corrections import listing
from pipeline.corrections.listing import ListedCorrection
from pipeline.records.corrections import OwnerAction
from service.access.roles import describe_owner
from service.access.sessions import SignedIn
from service.dashboard.frame.parts import read_part
from service.dashboard.frame.rendering import render_page
from service.dashboard.frame.route import go_to, make_pages
from service.dashboard.review.bulk import decide_piece, name_batch, read_batch, undo_piece
from service.dashboard.review.places import add_query
from service.dashboard.review.queue import QUARANTINED
from service.dashboard.review.showing import HELPERS
from service.routes.corrections import After, Reason
from service.schemas.base import DocumentId
from service.wiring import Wired

EXAMPLES = 12
"""Pictures on the page that asks for confirmation."""
Doing = Literal["accept", "refuse"]
Name = Annotated[str, Path(pattern="^[A-Za-z0-9_-]{1,64}$")]
FormName = Annotated[str, Form(pattern="^[A-Za-z0-9_-]{1,64}$")]
Number = Annotated[int, Query(ge=0)]

router = make_pages()
log = logging.getLogger(__name__)


@router.get("/review/all")
def ask(request: Request, wiring: Wired, _owner: SignedIn, reason: Reason = None) -> Response:
    """Ask whether to decide on all of them, and say how many that are."""
    corrections = wiring.ports.corrections

    def read_examples() -> list[ListedCorrection]:
        found = corrections.find(QUARANTINED, reason=reason, limit=EXAMPLES)
        return [listing.describe_document(document, None) for document in found]

    return render_page(
        request,
        "review/all.html.jinja",
        count=read_part(partial(corrections.count, QUARANTINED, reason)),
        examples=read_part(read_examples),
        reason=reason,
        batch=name_batch(),
        until=datetime.now(UTC).isoformat(),
        **HELPERS,
    )


@router.post("/review/all")
def decide_next(
    wiring: Wired,
    owner: SignedIn,
    *,
    action: Annotated[Doing, Form()],
    batch: FormName,
    until: Annotated[datetime, Form()],
    total: Annotated[int, Form(ge=0)],
    reason: Annotated[str | None, Form(pattern="^[a-z_]{1,64}$")] = None,
    after: Annotated[DocumentId | None, Form()] = None,
) -> Response:
    """Decide on the next few of them, and show how far it is."""
    if after is None:
        log.info("%s decides on %d corrections: %s", describe_owner(owner), total, action)
    last = decide_piece(
        wiring.ports.corrections,
        OwnerAction(action),
        owner,
        batch,
        reason=reason,
        until=until,
        after=after,
    )
    more = {} if last is None else {"after": last, "until": until.isoformat(), "doing": action}
    return go_to(add_query(f"/review/batches/{batch}", total=str(total), reason=reason, **more))


@router.get("/review/batches/{batch}")
def show_batch(
    request: Request,
    wiring: Wired,
    _owner: SignedIn,
    batch: Name,
    *,
    total: Number = 0,
    reason: Reason = None,
    after: After = None,
    until: Annotated[datetime | None, Query()] = None,
    doing: Annotated[Doing | Literal["undo"] | None, Query()] = None,
    undone: Annotated[str | None, Query(max_length=1)] = None,
) -> Response:
    """Show what stands of a batch; while it goes on, the page asks for the next piece."""
    return render_page(
        request,
        "review/batch.html.jinja",
        batch=batch,
        part=read_part(partial(read_batch, wiring.ports.corrections, batch)),
        total=total,
        reason=reason,
        after=after,
        until=until.isoformat() if until else None,
        doing=doing if after is not None else None,
        undone=undone is not None,
        **HELPERS,
    )


@router.post("/review/batches/{batch}")
def undo_next(
    wiring: Wired,
    owner: SignedIn,
    batch: Name,
    total: Annotated[int, Form(ge=0)] = 0,
    after: Annotated[DocumentId | None, Form()] = None,
) -> Response:
    """Take back the next few decisions of a batch, and show how far it is."""
    if after is None:
        log.info("%s takes back what was decided together", describe_owner(owner))
    last = undo_piece(wiring.ports.corrections, batch, after)
    more = {"undone": "1"} if last is None else {"after": last, "doing": "undo"}
    return go_to(add_query(f"/review/batches/{batch}", total=str(total), **more))
