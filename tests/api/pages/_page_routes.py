"""A request for each route of a page, made from the application's route table."""

from typing import Any, NamedTuple
from urllib.parse import quote

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from pipeline.corrections.players import hash_player
from pipeline.settings import DEVELOPMENT_PLAYER_KEY, Settings
from service.access.rules import Rule, find_rule
from service.dashboard.frame.route import PageRoute

_PLAYER = hash_player("pia@example.org", DEVELOPMENT_PLAYER_KEY.encode())
IN_PATHS = {
    "correction_id": "c1",
    "batch": "0123456789ab",
    "run_id": "run-1",
    "version": "v1.0.0",
    "player": _PLAYER,
    "player_hash": _PLAYER,
    "of_content": "0123456789ab",
    "name": "pages.css",
}
"""What stands in a path; tests put something behind each."""
IN_FORMS = {
    "action": "accept",
    "label": "cat",
    "version": "v1.0.0",
    "reason": "no_class",
    "until": "2027-01-01T00:00:00+00:00",
    "total": "1",
}
"""What a form holds; other fields that a route needs get a text."""


class PageExample(NamedTuple):
    """A request that a page takes, and the rule of its route."""

    method: str
    template: str
    path: str
    rule: Rule
    fields: dict[str, str]

    @property
    def name(self) -> str:
        return f"{self.method} {self.template}"


def list_page_examples(app: FastAPI, settings: Settings) -> list[PageExample]:
    """Return a request for every route and method of pages.

    A route that names no rule, or has a parameter without an example here, is an error.
    """
    return [
        _make_example(route, method, settings)
        for route in iter_route_contexts(app.routes)
        if isinstance(route.original_route, PageRoute)
        for method in sorted(route.methods or ())
    ]


def _make_example(route: Any, method: str, settings: Settings) -> PageExample:
    dependant = route.original_route.dependant
    path = route.path_format
    for parameter in dependant.path_params:
        assert parameter.alias in IN_PATHS, f"give {route.path_format} an example in IN_PATHS"
        path = path.replace(f"{{{parameter.alias}}}", quote(IN_PATHS[parameter.alias], safe=""))
    fields = {
        field.alias: IN_FORMS.get(field.alias, "a text")
        for field in dependant.body_params
        if field.field_info.is_required() or field.alias in IN_FORMS
    }
    return PageExample(method, route.path_format, path, find_rule(route, settings), fields)
