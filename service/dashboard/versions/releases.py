"""The history of releases, and the way back."""

from typing import Annotated, NamedTuple

from fastapi import Query, Request, Response

from pipeline.formatting import shorten
from pipeline.records.versions import Release
from pipeline.versions.documents import parse_numbers
from pipeline.versions.periods import ReleasePeriod
from pipeline.versions.rollback import find_target
from service.access.sessions import SignedIn
from service.dashboard.frame.parts import read_part, read_release
from service.dashboard.frame.rendering import render_page
from service.dashboard.frame.route import make_pages
from service.dashboard.versions.words import name_person
from service.routes.releases import list_releases
from service.wiring import Wired, Wiring

PAGE = 50
router = make_pages()


class Line(NamedTuple):
    """A release in the list. back: whether it went back to a lower number."""

    period: ReleasePeriod
    back: bool


@router.get("/releases")
def show_releases(
    request: Request,
    wiring: Wired,
    owner: SignedIn,
    after: Annotated[str | None, Query(pattern="^[0-9]{1,15}$")] = None,
) -> Response:
    """Show which version was live when, by whom and why; offer the way back."""
    releases = read_part(lambda: list_releases(wiring, owner, after, PAGE))
    release = read_release(wiring)
    periods = releases.value.releases if releases.value else []
    target = None
    if release.value is not None and release.age is None and after is None:
        current = release.value
        target = read_part(lambda: find_way_back(wiring, current, periods))
    return render_page(
        request,
        "versions/releases.html.jinja",
        releases=releases,
        lines=[Line(period, is_back(period)) for period in periods],
        release=release,
        target=target,
        first=after is None,
        name_person=name_person,
        shorten=shorten,
    )


def find_way_back(wiring: Wiring, current: Release, periods: list[ReleasePeriod]) -> str | None:
    """Return the version that a rollback would release, by the newest entries of the history."""
    changes = [period for period in reversed(periods) if period.by]
    return find_target(current, changes, wiring.ports.models)


def is_back(period: ReleasePeriod) -> bool:
    """Return whether a release replaced one with a higher number."""
    before, after = parse_numbers([period.previous]), parse_numbers([period.version])
    return bool(before) and after < before
