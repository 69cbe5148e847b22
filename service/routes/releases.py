"""Say which version was live when, and go back to the one before."""

from typing import Annotated

from fastapi import Query

from pipeline.records.versions import Release
from pipeline.versions.periods import list_periods
from pipeline.versions.rollback import roll_back
from service.access.roles import Owner, name_owner
from service.contract.routers import make_router
from service.http.problems import (
    INVALID_REQUEST,
    NOT_FOUND,
    NOT_OWNER,
    RELEASE_MOVED,
    TOO_LARGE,
    UNAUTHENTICATED,
    UNAVAILABLE,
    UNREADABLE,
    VERSION_NOT_READY,
    problem_responses,
)
from service.schemas.lists import Limit
from service.schemas.versions import PromoteRequest, ReleaseList
from service.wiring import Wired

router = make_router(prefix="/v1/releases", tags=["release"])


@router.get(
    "",
    summary="List releases",
    response_description="Which version was live when, the newest first.",
    responses=problem_responses(
        UNAUTHENTICATED, NOT_OWNER, UNREADABLE, INVALID_REQUEST, UNAVAILABLE
    ),
)
def list_releases(
    wiring: Wired,
    _owner: Owner,
    after: Annotated[
        str | None,
        Query(pattern="^[0-9]{1,15}$", description="Only older ones; see `next`.", examples=["7"]),
    ] = None,
    limit: Limit = 50,
) -> ReleaseList:
    """Return each release: from when until when, by whom, and why. The first has no end.

    In a project that is older than its history the first is the present release, without `by`.
    """
    page = list_periods(wiring.ports.models, after, limit)
    return ReleaseList(releases=page.records, next=page.next_after, unreadable=page.unreadable)


@router.post(
    "/rollback",
    summary="Go back to the version before",
    response_description="The release as it is now.",
    responses=problem_responses(
        UNAUTHENTICATED,
        NOT_OWNER,
        NOT_FOUND,
        UNREADABLE,
        VERSION_NOT_READY,
        RELEASE_MOVED,
        TOO_LARGE,
        INVALID_REQUEST,
        UNAVAILABLE,
    ),
)
def roll_back_release(wiring: Wired, owner: Owner, body: PromoteRequest | None = None) -> Release:
    """Release the version that was released before the present one, as the history tells it.

    Withdrawn versions are passed over, and so are versions that were left by going back. Send
    `replacing`: repeated with the same fence, it goes back once.
    """
    asked = body or PromoteRequest()
    release = roll_back(
        wiring.ports, by=name_owner(owner), why=asked.why, replacing=asked.replacing
    )
    wiring.release.note(release)
    return release
