"""Complete the OpenAPI description that FastAPI makes by what holds for many routes at once."""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute

from pipeline.settings import Settings
from service.access.rules import Rule, find_rule
from service.http.conditional import CACHE_CONTROL, PREFIX
from service.http.problems import INVALID_REQUEST, OTHER_MEDIA_TYPE, TOO_LARGE, describe_kinds
from service.schemas.answers import LABELS
from service.schemas.base import Body

EXAMPLES = Path(__file__).parents[1] / "schemas" / "examples"
"""A file of each operation, by its id: `request`, and the answers by their status."""
_TAGGED: dict[str, Any] = {
    "ETag": {
        "description": "The tag of this body; send it back as `If-None-Match`.",
        "schema": {"type": "string"},
    },
    "Cache-Control": {"schema": {"type": "string"}, "example": CACHE_CONTROL},
}
_IF_NONE_MATCH: dict[str, Any] = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The `ETag` of an answer that the caller has: if it is still the same, 304.",
    "schema": {"type": "string", "title": "If-None-Match"},
}


def complete(
    openapi: dict[str, Any],
    routes: Sequence[BaseRoute],
    settings: Settings,
    bodies: Iterable[type[Body]],
) -> None:
    """Add the schemas of bodies, the answers of many routes, and the tags of JSON answers.

    Args:
        openapi: the description; it is changed.
        routes: of the application.
        settings: of the process; labels must be names of its classes.
        bodies: those that no route takes or returns in a way that FastAPI sees.
    """
    schemas = openapi["components"]["schemas"]
    _add_schemas(schemas, bodies)
    schemas["Relabel"]["properties"]["label"]["enum"] = [*settings.categories]
    for name in LABELS:
        label = schemas["AnswerRequest"]["properties"][name]
        one = label["anyOf"][0] if "anyOf" in label else label  # the other one is null
        one["enum"] = list(dict.fromkeys([*settings.categories, *settings.game.labels]))
    visited = {
        (method.lower(), route.path_format)
        for route in iter_route_contexts(routes)
        if find_rule(route, settings) is Rule.VISITOR
        for method in route.methods or ()
    }
    for method, path, operation in _list_operations(openapi):
        responses = operation["responses"]
        for parameter in operation.get("parameters", []):
            parameter["schema"] = _drop_null(parameter["schema"])
            if parameter["in"] == "query":
                parameter["allowEmptyValue"] = True  # it counts as absent: `unexpected.py`
        if (method, path) in visited:
            operation["security"].append({})  # credentials are optional
        if operation.get("security"):  # it refuses what it does not take: `unexpected.py`
            kinds = [TOO_LARGE, INVALID_REQUEST]
            if "requestBody" in operation:
                kinds.append(OTHER_MEDIA_TYPE)
            for status, answer in describe_kinds(kinds).items():
                responses.setdefault(str(status), answer)
        _add_examples(operation)
        if method == "get" and path.startswith(PREFIX) and _is_tagged(responses):
            responses["200"]["headers"] = _TAGGED
            responses["304"] = {"description": "The caller has it already.", "headers": _TAGGED}
            operation.setdefault("parameters", []).append(_IF_NONE_MATCH)


def _add_schemas(schemas: dict[str, Any], bodies: Iterable[type[Body]]) -> None:
    for body in bodies:
        schema = body.model_json_schema(ref_template="#/components/schemas/{model}")
        for name, part in schema.pop("$defs", {}).items():
            schemas.setdefault(name, part)
        schemas[body.__name__] = schema


def _add_examples(operation: dict[str, Any]) -> None:
    """Add the examples of an operation's bodies: EXAMPLES has a file for each that has any."""
    file = EXAMPLES / f"{operation['operationId']}.json"
    if not file.exists():
        return
    bodies: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    described = {"request": operation.get("requestBody", {}), **operation["responses"]}
    for name, example in bodies.items():
        described[name]["content"]["application/json"]["example"] = example


def _drop_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a parameter without null, which none can be; it can be absent."""
    kinds = schema.get("anyOf", [])
    kept = [kind for kind in kinds if kind != {"type": "null"}]
    if len(kept) != 1 or len(kinds) == 1:
        return schema
    return {**{name: value for name, value in schema.items() if name != "anyOf"}, **kept[0]}


def _list_operations(openapi: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in openapi["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def _is_tagged(responses: dict[str, Any]) -> bool:
    """Return whether `EntityTags` gives the answer a tag, see `service.http.conditional`."""
    answer = responses.get("200", {})
    return list(answer.get("content", {})) == ["application/json"] and "headers" not in answer
