"""The queue: decide on one quarantined correction after another, and take decisions back."""

import logging
from datetime import datetime
from functools import partial
from typing import Annotated

from fastapi import Form, Query, Request, Response

from pipeline.errors import NotFound
from pipeline.logs.context import log_context, name_correction
from pipeline.records.corrections import OwnerAction, OwnerChoice, OwnerDecision
from service.access.roles import describe_owner
from service.access.sessions import SignedIn
from service.dashboard.frame.route import go_to, make_pages
from service.dashboard.review import bulk_routes, comparing, recent
from service.dashboard.review.places import add_query, place_of
from service.dashboard.review.queue import Turn, find_latest, read_this, read_turn
from service.dashboard.review.showing import show_turn
from service.dashboard.review.words import (
    describe_decision,
    explain_kept,
    find_class,
    name_owner,
)
from service.routes.corrections import After, CorrectionId, Reason
from service.schemas.base import DocumentId
from service.wiring import Wired, Wiring

CONFLICT, INVALID = 409, 422

router = make_pages()
log = logging.getLogger(__name__)

OfReason = Annotated[str | None, Form(alias="reason", pattern="^[a-z_]{1,64}$")]


@router.get("/review")
def show_queue(
    request: Request,
    wiring: Wired,
    _owner: SignedIn,
    reason: Reason = None,
    after: After = None,
    done: Annotated[DocumentId | None, Query()] = None,
) -> Response:
    """Show the first correction behind the one that was shown last."""
    read = partial(read_turn, wiring.ports.corrections, reason, after)
    return show_turn(request, wiring, read, reason, done=done)


router.routes.extend(bulk_routes.router.routes)
router.routes.extend(recent.router.routes)
router.routes.extend(comparing.router.routes)


@router.post("/review/undo")
def undo(
    request: Request,
    wiring: Wired,
    owner: SignedIn,
    *,
    correction_id: Annotated[DocumentId | None, Form(alias="id")] = None,
    at: Annotated[datetime | None, Form()] = None,
    reason: OfReason = None,
    after: Annotated[DocumentId | None, Form()] = None,
) -> Response:
    """Take back one decision; without an id the newest one of this owner."""
    corrections = wiring.ports.corrections
    stay = partial(
        show_turn,
        request,
        wiring,
        partial(read_turn, corrections, reason, after),
        reason,
        status=CONFLICT,
    )
    if correction_id is None:
        latest = find_latest(corrections, owner)
        if latest is None:
            return stay(mistake="There is no decision of yours that could be taken back.")
        correction_id, at = latest.correction_id, latest.at
    undone = corrections.undecide([correction_id], at=at)
    if correction_id in undone.kept:
        return stay(mistake=f"Not taken back. {explain_kept(undone.kept[correction_id])}")
    with log_context(correction_id=name_correction(correction_id)):
        log.info("%s took back the decision on a correction", describe_owner(owner))
    return go_to(place_of(correction_id, reason=reason, undone="1"))


@router.get("/review/{correction_id}")
@router.get("/review/one/{correction_id}")
def show_one(
    request: Request,
    wiring: Wired,
    _owner: SignedIn,
    correction_id: CorrectionId,
    reason: Reason = None,
    undone: Annotated[str | None, Query(max_length=1)] = None,
) -> Response:
    """Show one correction, whatever its state."""
    read = partial(read_this, wiring.ports.corrections, reason, correction_id)
    return show_turn(request, wiring, read, reason, undone=undone is not None)


@router.post("/review/{correction_id}")
@router.post("/review/one/{correction_id}")
def decide(
    request: Request,
    wiring: Wired,
    owner: SignedIn,
    correction_id: CorrectionId,
    *,
    action: Annotated[OwnerAction, Form()],
    label: Annotated[str, Form(max_length=200)] = "",
    reason: OfReason = None,
) -> Response:
    """Record a decision, if the correction still waits for one, and go on to the next."""
    corrections = wiring.ports.corrections
    chosen = None
    if action is OwnerAction.RELABEL:
        chosen = find_class(label, wiring.settings.categories)
        if chosen is None:
            return show_turn(
                request,
                wiring,
                partial(read_this, corrections, reason, correction_id),
                reason,
                mistake=f"Not decided: “{label}” is none of the classes.",
                status=INVALID,
            )
    choice = OwnerChoice(action=action, label=chosen)
    if corrections.decide_waiting([correction_id], choice, owner):
        with log_context(correction_id=name_correction(correction_id)):
            log.info("%s decided on a correction: %s", describe_owner(owner), action)
    else:
        mistake = _explain_conflict(wiring, owner, correction_id, choice)
        if mistake is not None:
            read = partial(_read_this_or_next, wiring, reason, correction_id)
            return show_turn(request, wiring, read, reason, mistake=mistake, status=CONFLICT)
    return go_to(add_query("/review", reason=reason, after=correction_id, done=correction_id))


def _explain_conflict(
    wiring: Wiring, owner: str, correction_id: str, choice: OwnerChoice
) -> str | None:
    """Return why a decision was not recorded; None if this owner made the very same one before."""
    known = wiring.ports.corrections.decisions([correction_id]).get(correction_id)
    if known is None:
        return "Not decided: this correction does not wait for a decision any more."
    if known.by == owner and _is_same(known, choice):
        return None
    what = describe_decision(known)
    return f"Not decided: {name_owner(known.by)} has decided on it meanwhile. {what} stands."


def _is_same(decision: OwnerDecision, choice: OwnerChoice) -> bool:
    return (decision.action, decision.label) == (choice.action, choice.label)


def _read_this_or_next(wiring: Wiring, reason: str | None, correction_id: str) -> Turn:
    try:
        return read_this(wiring.ports.corrections, reason, correction_id)
    except NotFound:
        return read_turn(wiring.ports.corrections, reason, correction_id)
