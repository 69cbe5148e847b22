"""List the published versions, and release one of them."""

from typing import Annotated

from fastapi import Query

from pipeline.lineage.learned import PLACE_PATTERN, list_learned
from pipeline.lineage.reading import read_lineage
from pipeline.records.lineage import Lineage
from pipeline.records.versions import ModelVersion, Release, VersionStatus
from pipeline.versions.promotion import promote_version
from pipeline.versions.withdrawal import withdraw_version
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
    VERSION_IN_USE,
    VERSION_NOT_READY,
    problem_responses,
)
from service.schemas.base import Version
from service.schemas.lists import Limit
from service.schemas.versions import LearnedList, ModelList, PromoteRequest, WithdrawRequest
from service.wiring import Wired

router = make_router(prefix="/v1/models", tags=["models"])


@router.get(
    "",
    summary="List versions",
    response_description="The versions, the highest number first.",
    responses=problem_responses(UNAUTHENTICATED, NOT_OWNER, INVALID_REQUEST, UNAVAILABLE),
)
def list_models(
    wiring: Wired,
    _owner: Owner,
    status: Annotated[
        VersionStatus | None, Query(description="Only versions of this status.")
    ] = None,
    after: Annotated[
        Version | None, Query(description="Only those with a lower number; see `next`.")
    ] = None,
    limit: Limit = 50,
) -> ModelList:
    """Return versions, also unfinished and withdrawn ones. The `active` one is released.

    Those whose status is `foreign` were published by the game itself; they are never released.
    """
    page = wiring.ports.models.page(after, limit, status=status)
    return ModelList(models=page.records, next=page.next_after, unreadable=page.unreadable)


@router.get(
    "/{version}",
    summary="Look at a version",
    response_description="The version.",
    responses=problem_responses(
        UNAUTHENTICATED, NOT_OWNER, NOT_FOUND, UNREADABLE, INVALID_REQUEST, UNAVAILABLE
    ),
)
def get_model(wiring: Wired, _owner: Owner, version: Version) -> ModelVersion:
    """Return its metrics, its files with their digests, and the gate's decision."""
    return wiring.ports.models.get(version)


@router.get(
    "/{version}/lineage",
    summary="See how a version came about",
    response_description="Its lineage: run, data set, fit, code, machine and settings.",
    responses=problem_responses(
        UNAUTHENTICATED, NOT_OWNER, NOT_FOUND, INVALID_REQUEST, UNAVAILABLE
    ),
)
def get_lineage(wiring: Wired, _owner: Owner, version: Version) -> Lineage:
    """Return what is in its file `lineage.json`. It names no player and no correction.

    The answer is 404 if the version has none, as those of an older Redraw.
    """
    return read_lineage(version, wiring.ports.artefacts)


@router.get(
    "/{version}/corrections",
    summary="List the corrections of a version",
    response_description="The corrections, in order of merging.",
    responses=problem_responses(
        UNAUTHENTICATED, NOT_OWNER, NOT_FOUND, INVALID_REQUEST, UNAVAILABLE
    ),
)
def list_learned_corrections(
    wiring: Wired,
    _owner: Owner,
    version: Version,
    after: Annotated[
        str | None,
        Query(
            pattern=f"^{PLACE_PATTERN}$",
            description="Only those after this place; see `next`.",
            examples=["3.20.150.12"],
        ),
    ] = None,
    limit: Limit = 50,
) -> LearnedList:
    """Return the merged corrections that its data set holds, and the part that each took.

    No field names the player. The answer is 404 if the version has no lineage.
    """
    page = list_learned(version, wiring.ports.artefacts, after=after, limit=limit)
    return LearnedList(corrections=page.corrections, next=page.next_after)


@router.post(
    "/{version}/promote",
    summary="Release a version",
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
def promote_model(
    wiring: Wired, owner: Owner, version: Version, body: PromoteRequest | None = None
) -> Release:
    """Point the release at this version: a newer one to promote, an older one to roll back.

    Its files are read first: a version is refused if one of them is missing or damaged in Storage.
    Repeating it changes nothing. A release that was deleted or cannot be read is made again.
    """
    asked = body or PromoteRequest()
    release = promote_version(
        version,
        wiring.ports,
        by=name_owner(owner),
        why=asked.why or "an owner released it",
        replacing=asked.replacing,
    )
    wiring.release.note(release)
    return release


@router.post(
    "/{version}/withdraw",
    summary="Withdraw a version",
    response_description="The version, which is withdrawn.",
    responses=problem_responses(
        UNAUTHENTICATED,
        NOT_OWNER,
        NOT_FOUND,
        UNREADABLE,
        VERSION_NOT_READY,
        VERSION_IN_USE,
        TOO_LARGE,
        INVALID_REQUEST,
        UNAVAILABLE,
    ),
)
def withdraw_model(
    wiring: Wired, owner: Owner, version: Version, body: WithdrawRequest | None = None
) -> ModelVersion:
    """Withdraw this version: it is never released again, and its files are deleted later.

    Refused for the released version, the one on trial, and the last one that is ready. Repeating it
    changes nothing.
    """
    why = (body.why if body else None) or "an owner withdrew it"
    return withdraw_version(version, wiring.ports.models, by=name_owner(owner), why=why)
