"""List the published versions, and release one of them."""

from fastapi import APIRouter

from pipeline.records.versions import ModelVersion, Release
from pipeline.versions.promotion import promote_version
from service.dependencies import Owner, Wired
from service.problems import (
    INVALID_REQUEST,
    NOT_FOUND,
    NOT_OWNER,
    RELEASE_MOVED,
    TOO_LARGE,
    UNAUTHENTICATED,
    UNAVAILABLE,
    VERSION_NOT_READY,
    problem_responses,
)
from service.schemas import ModelList, PromoteRequest, Version

router = APIRouter(prefix="/v1/models", tags=["models"])


@router.get(
    "",
    summary="List versions",
    response_description="The versions, the highest number first.",
    responses=problem_responses(UNAUTHENTICATED, NOT_OWNER, UNAVAILABLE),
)
def list_models(wiring: Wired, _owner: Owner) -> ModelList:
    """Return all versions, also unfinished and withdrawn ones. The `active` one is released."""
    return ModelList(models=wiring.ports.models.list())


@router.get(
    "/{version}",
    summary="Look at a version",
    response_description="The version.",
    responses=problem_responses(
        UNAUTHENTICATED, NOT_OWNER, NOT_FOUND, INVALID_REQUEST, UNAVAILABLE
    ),
)
def get_model(wiring: Wired, _owner: Owner, version: Version) -> ModelVersion:
    """Return its metrics, its files with their digests, and the gate's decision."""
    return wiring.ports.models.get(version)


@router.post(
    "/{version}/promote",
    summary="Release a version",
    response_description="The release as it is now.",
    responses=problem_responses(
        UNAUTHENTICATED,
        NOT_OWNER,
        NOT_FOUND,
        VERSION_NOT_READY,
        RELEASE_MOVED,
        TOO_LARGE,
        INVALID_REQUEST,
        UNAVAILABLE,
    ),
)
def promote_model(
    wiring: Wired, _owner: Owner, version: Version, body: PromoteRequest | None = None
) -> Release:
    """Point the release at this version: a newer one to promote, an older one to roll back.

    Its files are read first: a version is refused if one of them is missing or damaged in Storage.
    Repeating it changes nothing.
    """
    return promote_version(version, wiring.ports, replacing=body.replacing if body else None)
