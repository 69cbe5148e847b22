"""What all lists have in common: how they are asked for, and how they go on."""

import re
from typing import Annotated

from fastapi import Query
from pydantic import BeforeValidator, Field

from pipeline.records.by_time import MAX_PLACE
from service.schemas.base import Body


def _check_digits(text: object) -> object:
    """Refuse what pydantic would read as a number too, such as `1.0` and `1_0`."""
    if isinstance(text, str) and re.fullmatch("[0-9]{1,9}", text) is None:
        raise ValueError("it is no whole number")
    return text


Limit = Annotated[
    int,
    Field(ge=1, le=200),  # before the validator: behind it, the description would lack them
    BeforeValidator(_check_digits),
    Query(description="The largest number to list.", examples=[50]),
]
AfterPlace = Annotated[
    str | None,
    Query(
        pattern="^[A-Za-z0-9_-]+$",
        max_length=MAX_PLACE,
        description="The `next` of the page before, as it was.",
        examples=["MjAyNi0wMy0wNFQwNTowNjowNyswMDowMCBydW4tOWMzZjBhNDFkMmI3ZTg1NTZmMTA"],
    ),
]
"""Where a list by time goes on, see `pipeline.records.by_time`."""


class Paged(Body):
    """A part of a list."""

    next: str | None = Field(
        None,
        description=(
            "Send it as `after` to get the next part; null if there is none. A part may be shorter "
            "than `limit`, or empty, though there is a next one."
        ),
    )
