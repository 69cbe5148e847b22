"""Read stored documents tolerantly, as a person or another program may have written any of them.

A document that cannot be read is named, with what is wrong, and never stops the others.
"""

import logging
import math
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Generic, NamedTuple, TypeVar

from pydantic import Field, ValidationError

from pipeline.errors import NewerDocument, UnreadableDocument
from pipeline.formatting import shorten
from pipeline.records.base import Record
from pipeline.records.forms import MAX_PATH, Form, bring_up_to_date

MAX_NAMED = 50
"""Unreadable documents that one list names."""
_MAX_PROBLEMS, _MAX_WORDS = 3, 80

_PLAIN_WORDS = {
    "missing": "it is missing",
    "enum": "Redraw does not know this word",
    "string_type": "it is no text",
    "int_type": "it is no whole number",
    "int_parsing": "it is no whole number",
    "int_from_float": "it is no whole number",
    "float_type": "it is no number",
    "float_parsing": "it is no number",
    "bool_type": "it is neither true nor false",
    "list_type": "it is no list",
    "dict_type": "it is no map",
    "model_type": "it is no map",
}
"""What is said instead of pydantic's own words, by its type of mistake."""

log = logging.getLogger(__name__)
R = TypeVar("R", bound=Record)


class Unreadable(Record):
    """A document that cannot be read, or only in part."""

    path: str = Field(description="The document in Firestore.", examples=["models/v5.0.0_100cat"])
    problem: str = Field(description="What is wrong with it.")


class Page(NamedTuple, Generic[R]):
    """A part of a list: the records, the documents there that cannot be read, and where it goes on.

    next_after: the id after which the next page starts; None on the last page.
    """

    records: list[R]
    unreadable: list[Unreadable]
    next_after: str | None = None


def read_record(
    kind: type[R], path: str, fields: Mapping[str, Any], id_field: str | None = None
) -> R:
    """Return the record in a document's fields. Fields that it does not know are ignored.

    Times must be times, since only these can be compared, and numbers must be finite.

    Args:
        kind: the class of the record.
        path: the document: collection and id.
        fields: what is stored.
        id_field: the field that repeats the document's id. It may be missing.

    Raises:
        UnreadableDocument: the fields are no such record.
        NewerDocument: a newer Redraw wrote it.
    """
    return build_record(kind, path, open_form(kind, path, fields), id_field)


def open_form(kind: type[Record], path: str, fields: Mapping[str, Any]) -> Form:
    """Return a document's fields in the form that the record has now; see `bring_up_to_date`."""
    if kind.SCHEMA is None:
        return Form(dict(fields), earlier=False)
    return bring_up_to_date(path, fields, kind.SCHEMA, kind.UPGRADES)


def build_record(kind: type[R], path: str, form: Form, id_field: str | None = None) -> R:
    """Return the record in the fields of a form; see `read_record`."""
    given = dict(form.fields)
    name = path.rpartition("/")[2]
    if id_field is not None and given.setdefault(id_field, name) != name:
        said = shorten(repr(given[id_field]), _MAX_WORDS)
        raise unreadable(path, f"{id_field}: it says {said}, which is not the document's id")
    try:
        record = kind.model_validate(given)
    except ValidationError as error:
        raise unreadable(path, _describe(error)) from error
    for field, about in kind.model_fields.items():
        stored = given.get(about.alias or field, given.get(field))
        if isinstance(getattr(record, field), datetime) and not is_time(stored):
            raise unreadable(path, f"{about.alias or field}: it is no timestamp")
    if place := _find_infinite(record.model_dump(by_alias=True)):
        named = shorten(".".join(place), _MAX_WORDS)
        raise unreadable(path, f"{named}: it is no finite number")
    if form.earlier:
        record.note_earlier_form()
    return record


def is_time(value: Any) -> bool:
    """Return whether a stored value is a timestamp of Firestore's; times without a zone are not."""
    return isinstance(value, datetime) and value.tzinfo is not None


def unreadable(path: str, problem: str) -> UnreadableDocument:
    """Return the error that a document cannot be read, with its path in a form that is shown."""
    return UnreadableDocument(shorten(path, MAX_PATH), problem)


def read_page(
    documents: Iterable[tuple[str, Mapping[str, Any]]],
    read: Callable[[str, Mapping[str, Any]], R],
) -> Page[R]:
    """Read documents, given as id and fields, by `read`; name those that it cannot read.

    Each unreadable document is written to the log once.
    """
    page: Page[R] = Page([], [])
    for name, fields in documents:
        try:
            page.records.append(read(name, fields))
        except (UnreadableDocument, NewerDocument) as error:
            page.unreadable.append(note_unreadable(error.path, error.problem))
    return page


def note_unreadable(path: str, problem: str) -> Unreadable:
    """Return the note on an unreadable document, and write it to the log, once for each process."""
    _log_once(path, problem)
    return Unreadable(path=path, problem=problem)


@lru_cache(maxsize=1000)
def _log_once(path: str, problem: str) -> None:
    log.warning("%s cannot be read: %s", path, problem)


def _describe(error: ValidationError) -> str:
    """Return what is wrong, for a person: the first problems, by field."""
    mistakes = error.errors(include_url=False, include_input=False)
    said = [
        f"{shorten('.'.join(map(str, mistake['loc'])), _MAX_WORDS)}: "
        + shorten(
            _PLAIN_WORDS.get(mistake["type"], mistake["msg"].removeprefix("Value error, ")),
            _MAX_WORDS,
        )
        for mistake in mistakes[:_MAX_PROBLEMS]
    ]
    more = len(mistakes) - len(said)
    return "; ".join(said) + (f"; and {more} more" if more else "")


def _find_infinite(value: Any) -> list[str] | None:
    """Return where a number is infinite or not a number, as the names that lead to it, or None."""
    if isinstance(value, float):
        return None if math.isfinite(value) else []
    items: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    # The place is put together only where such a number is: a version has thousands of numbers.
    for name, part in items:
        if isinstance(part, float | dict | list) and (found := _find_infinite(part)) is not None:
            return [str(name), *found]
    return None
