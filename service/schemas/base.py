"""The base of all bodies, numbers in them, and the names in paths."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from pipeline.records.ids import MAX_ID_BYTES, is_valid_id
from pipeline.records.versions import VERSION_PATTERN


class Body(BaseModel):
    """A JSON object in camelCase."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class RequestBody(Body):
    """A JSON object that a caller sends: nothing unknown in it, and each value of its own type.

    Otherwise a misspelled field would change nothing, and `true` would be the number 1.
    """

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


def _read_whole(value: object) -> object:
    """Return 3 for 3.0, which is the same number in JSON; anything else as it is."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


WHOLE = BeforeValidator(_read_whole)
"""Makes a strict whole number of a body accept 3.0; it goes behind the limits of the number."""


def _check_id(text: str) -> str:
    if not is_valid_id(text):
        raise ValueError("no document can have this id")
    return text


DocumentId = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_ID_BYTES,
        json_schema_extra={"pattern": "^[^/]+$", "not": {"pattern": r"^(\.|\.\.|__.*__)$"}},
    ),
    AfterValidator(_check_id),
]
"""Any id that Firestore allows."""
Version = Annotated[str, Field(pattern=f"^{VERSION_PATTERN}$", examples=["v1.0.1"])]
RunId = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$", examples=["run-9c3f0a41d2b7e8556f10"])
]
