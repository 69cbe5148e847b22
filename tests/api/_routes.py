"""A request for each route, made from the application's route table and its description."""

from typing import Any, NamedTuple
from urllib.parse import quote

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from pipeline.settings import Settings
from service.access.rules import Rule, find_rule
from service.dashboard.frame.route import PageRoute

EXAMPLES = {
    "run_id": "run-1",
    "version": "v1.0.0",
    "correction_id": "c1",
    "name": "manifest.json",
    "player_id": "pia",
    "path": "index.html",
}
"""What stands in a path; tests put something behind each."""


class Example(NamedTuple):
    """A request that a route takes, and the rule of the route."""

    method: str
    template: str
    path: str
    rule: Rule
    body: Any
    """JSON, or None."""

    @property
    def name(self) -> str:
        return f"{self.method} {self.template}"


def list_examples(app: FastAPI, settings: Settings) -> list[Example]:
    """Return a request for every route and method of the API, also undescribed ones."""
    document = app.openapi()
    return [
        _make_example(route, method, document, settings)
        for route in iter_route_contexts(app.routes)
        for method in sorted(route.methods or ())
        if not isinstance(route.original_route, PageRoute)
    ]


def _make_example(route: Any, method: str, document: Any, settings: Settings) -> Example:
    operation = document["paths"].get(route.path_format, {}).get(method.lower(), {})
    path = route.path_format
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path" and parameter["name"] not in EXAMPLES:
            [example, *_] = parameter["schema"]["examples"]
            path = path.replace(f"{{{parameter['name']}}}", quote(str(example), safe=""))
    for name, value in EXAMPLES.items():
        path = path.replace(f"{{{name}}}", value)
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    return Example(
        method,
        route.path_format,
        path,
        find_rule(route, settings),
        None if body is None else _make_value(body["schema"], document),
    )


def _make_value(schema: Any, document: Any) -> Any:
    """Return a value that the schema allows: its example, or the required members with theirs."""
    if "$ref" in schema:
        return _make_value(
            document["components"]["schemas"][schema["$ref"].split("/")[-1]], document
        )
    for choice in ("examples", "enum"):
        if schema.get(choice):
            return schema[choice][0]
    for choice in ("default", "const"):
        if choice in schema:
            return schema[choice]
    for choice in ("anyOf", "oneOf"):
        if choice in schema:
            return _make_value(schema[choice][0], document)
    if schema.get("type") == "object":
        return {
            name: _make_value(schema["properties"][name], document)
            for name in schema.get("required", ())
        }
    return {"string": "x", "integer": 1, "number": 1.0, "boolean": True, "array": []}[
        schema["type"]
    ]
