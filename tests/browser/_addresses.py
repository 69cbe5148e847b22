"""The pages of a project: every GET route of a page, with ids that exist in it."""

import re
from collections.abc import Callable, Iterator
from functools import cache
from urllib.parse import quote

import httpx

from pipeline.corrections.players import hash_player
from pipeline.records.corrections import CorrectionState
from service.dashboard.frame.route import PageRoute
from service.dashboard.routers import ROUTERS
from tests.browser._project import Project

QUERIES = {
    "/versions/compare": "?from=v1.0.0&to=v1.0.2",
    "/corrections": "?state=merged",
}
"""Pages that also have a form with values in the address."""
NEEDED = {
    "/versions/compare/cell": "?from=v1.0.0&to=v1.0.2&drawn=9&guessed=2",
    "/versions/compare/drawings": "?from=v1.0.0&to=v1.0.2&kind=gained",
}
"""Pages that are about what stands in the address."""
PARTS = ("/review/nearest", "/play/")
"""Parts of pages that scripts ask for."""
FILES = ("/assets/", "/web/", "/favicon.ico")
SIGN_IN = "/sign-in"
"""It leads on who has signed in; it has a test of its own."""


def list_templates() -> list[str]:
    """Return the paths of all GET routes of pages, with the names of their parameters."""
    paths = [
        route.path
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, PageRoute) and "GET" in (route.methods or ())
        if not route.path.startswith((*FILES, *PARTS, SIGN_IN))
    ]
    return sorted(path + query for path in set(paths) for query in list_queries(path))


def list_queries(path: str) -> Iterator[str]:
    """Yield what may follow a path in an address: nothing, and an example."""
    yield NEEDED.get(path, "")
    if path in QUERIES:
        yield QUERIES[path]


def fill(template: str, project: Project) -> str:
    """Return the address, with ids that exist in the project.

    Raises:
        KeyError: a page of another subject has a parameter: add what stands in its place.
    """
    if "{" not in template:
        return template
    subject = template.split("/")[1]
    path = re.sub(r"{[^}]+}", quote(find_id(subject, project), safe=""), template)
    # So links to a player name a correction of theirs; without it all players must be counted.
    return f"{path}?of={find_id('corrections', project)}" if subject == "players" else path


def find_id(subject: str, project: Project) -> str:
    """Return the id of something that a subject has pages about."""
    ports = project.ports
    quarantined = ports.corrections.find(CorrectionState.QUARANTINED, limit=1)[0]
    key = project.settings.player_key.get_secret_value().encode()
    found: dict[str, Callable[[], str]] = {
        "runs": lambda: ports.runs.list(1)[0].id,
        "versions": lambda: "v1.0.2",
        "review": lambda: quarantined.id,
        "corrections": lambda: quarantined.id,
        "players": lambda: hash_player(quarantined.fields["userId"], key),
    }
    return found[subject]()


@cache
def is_page(project: Project, path: str) -> bool:
    """Return whether a path answers with a whole page, not with a part, a picture or a stream."""
    cookie = project.cookie
    headers = {"Cookie": f"{cookie['name']}={cookie['value']}"}
    with httpx.stream("GET", project.url + path, headers=headers, timeout=60) as answer:
        if not answer.headers.get("content-type", "").startswith("text/html"):
            return False
        return answer.read().lstrip().lower().startswith(b"<!doctype")
