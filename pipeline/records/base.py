"""The base class of all records."""

from collections.abc import Collection, Sequence
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, PrivateAttr
from pydantic.alias_generators import to_camel

from pipeline.records.forms import SCHEMA, Upgrade


class Record(BaseModel):
    """An immutable record: snake_case names in Python, camelCase names in Firestore."""

    model_config = ConfigDict(
        frozen=True, alias_generator=to_camel, populate_by_name=True, extra="ignore"
    )

    SCHEMA: ClassVar[int | None] = None
    """The number of the form of its documents; None if it is never a document by itself."""
    UPGRADES: ClassVar[Sequence[Upgrade]] = ()
    """For each earlier form, the first one first, what makes its fields those of the next."""
    _of_earlier_form: bool = PrivateAttr(default=False)

    def document(self) -> dict[str, Any]:
        """Return the fields of the Firestore document: camelCase keys, datetimes as they are."""
        fields = self.model_dump(by_alias=True)
        return fields if self.SCHEMA is None else {**fields, SCHEMA: self.SCHEMA}

    def changes(self, names: Collection[str]) -> dict[str, Any]:
        """Return the fields with these Python names, to be written into the record's document.

        Of a record that was read from an earlier form, all fields are returned: otherwise the
        document would have a part of each form.
        """
        if self._of_earlier_form:
            return self.document()
        return self.model_dump(by_alias=True, include=set(names))

    def note_earlier_form(self) -> None:
        """Note that the record was read from a document of an earlier form."""
        self._of_earlier_form = True

    @classmethod
    def from_document(cls, fields: dict[str, Any]) -> Self:
        """Read a record from the fields of a Firestore document.

        Raises:
            pydantic.ValidationError: when a field is missing or has the wrong type.
        """
        return cls.model_validate(fields)
