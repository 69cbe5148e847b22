"""Show corrections to the owner, and record decisions on those that are quarantined."""

import logging
from typing import Annotated, Literal

from fastapi import Path, Query, Response

from pipeline.corrections import listing
from pipeline.corrections.decisions import check_label
from pipeline.corrections.listing import ListedCorrection
from pipeline.corrections.statuses import reopen_refused
from pipeline.errors import InvalidLabel
from pipeline.lineage.learners import find_learners
from pipeline.logs.context import log_context, name_correction
from pipeline.pages.pictures import encode_png
from pipeline.records.corrections import CorrectionState, OwnerChoice, OwnerDecision
from service.access.roles import Owner, describe_owner
from service.contract.routers import make_router
from service.http.problems import (
    INVALID_REQUEST,
    NOT_FOUND,
    NOT_OWNER,
    NOT_QUARANTINED,
    TOO_LARGE,
    UNAUTHENTICATED,
    UNAVAILABLE,
    problem_responses,
)
from service.routes.players import find_player
from service.schemas.base import DocumentId, RunId
from service.schemas.corrections import (
    CorrectionDetail,
    CorrectionList,
    DecisionRequest,
    ReopenedCorrections,
    ReopenRequest,
)
from service.schemas.lists import Limit
from service.schemas.players import HASH_PATTERN
from service.wiring import Wired

router = make_router(prefix="/v1/corrections", tags=["corrections"])
log = logging.getLogger(__name__)

# Any text that Firestore allows: players choose the ids.
CorrectionId = Annotated[
    DocumentId, Path(description="The id, percent-encoded.", examples=["3fPq0sVbD2x7"])
]
After = Annotated[
    DocumentId | None,
    Query(description="Only those after this id; see `next`.", examples=["3fPq0sVbD2x7"]),
]
Reason = Annotated[
    str | None,
    Query(
        pattern="^[a-z_]{1,64}$",
        description="Only those that are in this state for this reason.",
        examples=["no_class"],
    ),
]
_PRIVATE = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}


class Picture(Response):
    """A PNG file."""

    media_type = "image/png"


@router.get(
    "",
    summary="List corrections",
    response_description="The corrections, in order of id.",
    responses=problem_responses(
        UNAUTHENTICATED, NOT_OWNER, NOT_FOUND, INVALID_REQUEST, UNAVAILABLE
    ),
)
def list_corrections(
    wiring: Wired,
    _owner: Owner,
    *,
    state: Annotated[
        CorrectionState | Literal["any"], Query(description="Their state; `any`: of all states.")
    ] = CorrectionState.QUARANTINED,
    reason: Reason = None,
    run: Annotated[
        RunId | None, Query(description="Only those that this run gave their state.")
    ] = None,
    category: Annotated[
        str | None,
        Query(
            alias="class",
            description="Only those of which the player says that they show this class.",
            examples=["cat"],
        ),
    ] = None,
    player: Annotated[
        str | None,
        Query(
            pattern=HASH_PATTERN,
            description="Only those of the player with this hash, as `GET /v1/players` lists it."
            " The answer is 404 if none was counted with it, and 503 while all are counted.",
        ),
    ] = None,
    after: After = None,
    limit: Limit = 50,
) -> CorrectionList:
    """List those that wait for a decision, or those of another state. No field names the player.

    Only those that fit all that is asked are listed.
    """
    if category is not None and category not in wiring.settings.categories:
        raise InvalidLabel(
            f"class: it is none of the classes: choose from {', '.join(wiring.settings.categories)}"
        )
    page = listing.list_corrections(
        wiring.ports.corrections,
        None if state == "any" else state,
        reason=reason,
        run_id=run,
        category=category,
        player=None if player is None else find_player(wiring, player).id,
        after=after,
        limit=limit,
    )
    return CorrectionList(corrections=page.corrections, next=page.next_after)


@router.post(
    "/reopen",
    summary="Reopen refused corrections",
    response_description="How many are pending again.",
    responses=problem_responses(
        UNAUTHENTICATED, NOT_OWNER, TOO_LARGE, INVALID_REQUEST, UNAVAILABLE
    ),
)
def reopen(wiring: Wired, owner: Owner, body: ReopenRequest) -> ReopenedCorrections:
    """Make those that are refused for one reason pending again, for the next run.

    Merged and quarantined corrections never change here. Repeating the call changes nothing more.
    """
    reopened = reopen_refused(wiring.ports.corrections, body.reason, body.limit)
    log.info("%s reopened %d corrections: %s", describe_owner(owner), reopened.number, body.reason)
    return ReopenedCorrections(reopened=reopened.number, more=reopened.more)


@router.get(
    "/{correction_id}",
    summary="Look at a correction",
    response_description="The correction in its present state.",
    responses=problem_responses(
        UNAUTHENTICATED, NOT_OWNER, NOT_FOUND, INVALID_REQUEST, UNAVAILABLE
    ),
)
def get_correction(wiring: Wired, _owner: Owner, correction_id: CorrectionId) -> CorrectionDetail:
    """Return the player's label, the model's guess, the state with its reason, and the decision.

    Of a merged one, `merged` tells the revision, and each version that it took part in, and how.
    """
    listed = listing.get_correction(wiring.ports.corrections, correction_id)
    merged = None
    if listed.state is CorrectionState.MERGED:
        merged = find_learners(
            correction_id, listed.run_id, wiring.ports, wiring.settings.dataset_name
        )
    return CorrectionDetail(**dict(listed), merged=merged)


@router.get(
    "/{correction_id}/drawing",
    summary="See a correction's drawing",
    response_class=Picture,
    response_description="The drawing: 28 x 28, grey, white strokes on black.",
    responses=problem_responses(
        UNAUTHENTICATED, NOT_OWNER, NOT_FOUND, INVALID_REQUEST, UNAVAILABLE
    ),
)
def get_drawing(wiring: Wired, _owner: Owner, correction_id: CorrectionId) -> Picture:
    """Return the drawing as the model sees it. The player's own file is never sent.

    The answer is 404 if no drawing can be made of that file.
    """
    document = wiring.ports.corrections.get(correction_id)
    drawing = listing.make_drawing(document, wiring.ports.artefacts, wiring.settings)
    return Picture(encode_png(drawing), headers=_PRIVATE)


@router.post(
    "/{correction_id}/decision",
    summary="Decide on a quarantined correction",
    response_description="The decision that is in force.",
    responses=problem_responses(
        UNAUTHENTICATED,
        NOT_OWNER,
        NOT_FOUND,
        NOT_QUARANTINED,
        TOO_LARGE,
        INVALID_REQUEST,
        UNAVAILABLE,
    ),
)
def decide(
    wiring: Wired, owner: Owner, correction_id: CorrectionId, body: DecisionRequest
) -> OwnerDecision:
    """Record a decision. `accept` and `relabel` hand the correction to the next run.

    Repeating a decision changes nothing. Another decision replaces it until a run has merged the
    correction; after that the answer is 409.
    """
    choice = OwnerChoice.from_document(body.model_dump())
    check_label(choice, wiring.settings.categories)
    decision = wiring.ports.corrections.decide(correction_id, choice, owner)
    with log_context(correction_id=name_correction(correction_id)):
        log.info("%s decided on a correction: %s", describe_owner(owner), decision.action)
    return decision


@router.delete(
    "/{correction_id}/decision",
    summary="Take back a decision",
    response_description="The correction, which is quarantined again.",
    responses=problem_responses(
        UNAUTHENTICATED, NOT_OWNER, NOT_FOUND, NOT_QUARANTINED, INVALID_REQUEST, UNAVAILABLE
    ),
)
def undo_decision(wiring: Wired, owner: Owner, correction_id: CorrectionId) -> ListedCorrection:
    """Take back the decision on a correction: it waits for one again, for the same reason.

    Repeating this changes nothing. Once a run has merged the correction the answer is 409.
    """
    corrections = wiring.ports.corrections
    undone = corrections.undecide([correction_id])
    listed = listing.get_correction(corrections, correction_id)
    if correction_id in undone.kept:
        raise undone.kept[correction_id]
    with log_context(correction_id=name_correction(correction_id)):
        log.info("%s took back the decision on a correction", describe_owner(owner))
    return listed
