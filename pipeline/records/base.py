"""The base class of all records."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Record(BaseModel):
    """An immutable record: snake_case names in Python, camelCase names in Firestore."""

    model_config = ConfigDict(
        frozen=True, alias_generator=to_camel, populate_by_name=True, extra="ignore"
    )

    def document(self) -> dict[str, Any]:
        """Return the fields of the Firestore document: camelCase keys, datetimes as they are."""
        return self.model_dump(by_alias=True)

    @classmethod
    def from_document(cls, fields: dict[str, Any]) -> Self:
        """Read a record from the fields of a Firestore document.

        Raises:
            pydantic.ValidationError: when a field is missing or has the wrong type.
        """
        return cls.model_validate(fields)
