"""The list of versions."""

from typing import Annotated

from fastapi import Query, Request, Response

from pipeline.records.versions import ModelVersion, Release
from service.access.sessions import SignedIn
from service.dashboard.frame.parts import read_part, read_release
from service.dashboard.frame.rendering import render_page
from service.dashboard.frame.route import make_pages
from service.dashboard.versions.words import describe_origin, describe_status, name_person
from service.routes.models import list_models
from service.schemas.base import Version
from service.wiring import Wired

PAGE = 24
router = make_pages()


@router.get("/versions")
def show_versions(
    request: Request,
    wiring: Wired,
    owner: SignedIn,
    after: Annotated[Version | None, Query()] = None,
) -> Response:
    """Show the versions, the highest number first."""
    versions = read_part(lambda: list_models(wiring, owner, None, after, PAGE))
    release = read_release(wiring)
    shown = versions.value.models if versions.value else []
    earlier, later = suggest_pair(shown, release.value)
    return render_page(
        request,
        "versions/list.html.jinja",
        versions=versions,
        release=release,
        shown=shown,
        first=after is None,
        earlier=earlier,
        later=later,
        describe_status=describe_status,
        describe_origin=describe_origin,
        name_person=name_person,
    )


def suggest_pair(
    shown: list[ModelVersion], release: Release | None
) -> tuple[str | None, str | None]:
    """Return the two versions that an owner most likely wants to compare: earlier and later.

    These are the release and what was released before it, or its parent; where a newer version
    waits, the release and that one.
    """
    if release is None:
        names = [version.version for version in shown[:2]]
        return (names[-1], names[0]) if len(names) > 1 else (None, None)
    if shown and shown[0].version != release.version and shown[0].parent == release.version:
        return release.version, shown[0].version
    current = next((each for each in shown if each.version == release.version), None)
    parent = current.parent if current else None
    return parent or release.previous, release.version
