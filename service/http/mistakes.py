"""Say which fields of a request are invalid."""

from collections.abc import Sequence
from typing import Any

from fastapi.exceptions import RequestValidationError

from service.schemas.problems import InvalidField


def list_invalid_fields(error: RequestValidationError) -> list[InvalidField]:
    """Return the invalid fields of a request, each with its place and what is wrong."""
    return [
        InvalidField(
            where=".".join(map(str, _find_place(mistake["loc"], error.body))),
            message=mistake["msg"].removeprefix("Value error, "),
        )
        for mistake in error.errors()
    ]


def _find_place(place: Sequence[str | int], body: Any) -> list[str | int]:
    """Return the place of a mistake without the names that pydantic gives to kinds of a body."""
    if body is None:
        return [*place]
    named, inner = [*place[:1]], body
    for number, part in enumerate(place[1:], start=2):
        is_there = isinstance(inner, dict) and part in inner
        if place[0] != "body" or is_there or isinstance(part, int) or number == len(place):
            named.append(part)
            inner = inner[part] if is_there else None
    return named
