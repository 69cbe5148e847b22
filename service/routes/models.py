"""Shows the published versions, and moves the release between them."""

from fastapi import APIRouter

from pipeline.records.versions import ModelVersion, Release
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
    answers,
)
from service.schemas import ModelList, PromoteRequest, Version

router = APIRouter(prefix="/v1/models", tags=["models"])


@router.get(
    "",
    summary="List versions",
    response_description="The versions, the highest number first.",
    responses=answers(UNAUTHENTICATED, NOT_OWNER, UNAVAILABLE),
)
def list_models(wiring: Wired, _owner: Owner) -> ModelList:
    """All versions: those being published, those that are ready, those withdrawn. The `active` one is released."""
    return ModelList(models=wiring.ports.models.list())


@router.get(
    "/{version}",
    summary="Look at a version",
    response_description="The version.",
    responses=answers(UNAUTHENTICATED, NOT_OWNER, NOT_FOUND, INVALID_REQUEST, UNAVAILABLE),
)
def get_model(wiring: Wired, _owner: Owner, version: Version) -> ModelVersion:
    """Its figures, its files with their digests, and what the gate said when it was made."""
    return wiring.ports.models.get(version)


@router.post(
    "/{version}/promote",
    summary="Release a version",
    response_description="The release as it is now.",
    responses=answers(
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
    """Points the release at this version: forward to promote, backward to roll back. Repeating it changes nothing."""
    return wiring.ports.models.promote(version, replacing=body.replacing if body else None)
