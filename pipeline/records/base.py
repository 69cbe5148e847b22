"""The base of all records: frozen, snake_case in Python, camelCase in Firestore."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Record(BaseModel):
    """A frozen record that knows its Firestore spelling."""

    model_config = ConfigDict(
        frozen=True, alias_generator=to_camel, populate_by_name=True, extra="ignore"
    )

    def document(self) -> dict[str, Any]:
        """The record as Firestore keeps it: camelCase keys, plain values, datetimes as datetimes."""
        return self.model_dump(by_alias=True)

    @classmethod
    def from_document(cls, fields: dict[str, Any]) -> Self:
        """The record that `document` wrote. Raises pydantic.ValidationError when the fields do not fit."""
        return cls.model_validate(fields)
