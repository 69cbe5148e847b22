"""Lists of documents by a time in them, the newest first, in pages.

A page starts after a place: the time and the id of the last document on the page before. So it goes
on at the same place when documents were added, changed or deleted meanwhile.
"""

import base64
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar

from pipeline.errors import InvalidPlace
from pipeline.records.base import Record
from pipeline.records.ids import MAX_ID_BYTES, is_valid_id
from pipeline.records.reading import (
    MAX_NAMED,
    Page,
    Unreadable,
    is_time,
    note_unreadable,
    read_page,
    unreadable,
)

MAX_SKIPPED = 200
"""Unreadable documents that one page passes over."""
MAX_PLACE = 4 * (MAX_ID_BYTES + 40) // 3
"""Characters of a place as text, at most."""

R = TypeVar("R", bound=Record)


class Place(NamedTuple):
    """The place of a document in a list."""

    time: datetime
    id: str

    def write(self) -> str:
        """Return the place as a text of letters, digits, - and _ that callers send back."""
        plain = f"{self.time.astimezone(UTC).isoformat()} {self.id}"
        return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def read_place(text: str | None) -> Place | None:
    """Return the place that `Place.write` wrote; None for None.

    Raises:
        InvalidPlace: it wrote no such text.
    """
    if text is None:
        return None
    try:
        plain = base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4)).decode()
        time, _, name = plain.partition(" ")
        place = Place(datetime.fromisoformat(time), name)
        if is_time(place.time) and is_valid_id(name) and place.write() == text:
            return place
    except (ValueError, OverflowError):
        pass
    raise InvalidPlace("`after` is not the `next` of a list: send it as it was, or leave it out")


def cut_page(
    documents: Iterable[tuple[str, Mapping[str, Any]]],
    field: str,
    read: Callable[[str, Mapping[str, Any]], R],
    limit: int,
) -> Page[R]:
    """Return the first records in documents, and where the next page starts.

    Args:
        documents: ids and fields, the newest first; only as many are taken as the page needs.
        field: the time by which they are sorted.
        read: makes the record of a document; what it cannot read is named, and passed over.
        limit: the largest number of records.
    """
    page: Page[R] = Page([], [])
    last = None
    for name, fields in documents:
        if len(page.records) == limit or len(page.unreadable) == MAX_SKIPPED:
            return _end(page, None if last is None else last.write())
        part = read_page([(name, fields)], read)
        page.records.extend(part.records)
        page.unreadable.extend(part.unreadable)
        last = Place(fields[field], name)
    return _end(page, None)


def sort_documents(
    documents: Mapping[str, Mapping[str, Any]], field: str, after: Place | None = None
) -> list[tuple[str, Mapping[str, Any]]]:
    """Return ids and fields, the newest first, as Firestore sorts them, from a place on.

    Documents without a time in `field` are left out.
    """
    places = [
        Place(fields[field], name)
        for name, fields in documents.items()
        if is_time(fields.get(field))
    ]
    behind = (each for each in places if after is None or each < after)
    return [(each.id, documents[each.id]) for each in sorted(behind, reverse=True)]


def name_timeless(path: str, field: str) -> Unreadable:
    """Return the note on a document that has no time, and so no place in the list."""
    error = unreadable(path, f"{field}: it is missing, or no timestamp")
    return note_unreadable(error.path, error.problem)


def make_filter(
    kind: type[Record], wanted: Mapping[str, str | None]
) -> Callable[[Mapping[str, Any]], bool]:
    """Return whether the fields of a document have the wanted values.

    Args:
        kind: the record; its default counts where a document lacks a field.
        wanted: values by the name of the field, which is the same in Python; None: any.
    """
    values = {name: str(value) for name, value in wanted.items() if value is not None}
    defaults = {name: kind.model_fields[name].get_default() for name in values}

    def has_values(fields: Mapping[str, Any]) -> bool:
        return all(fields.get(name, defaults[name]) == value for name, value in values.items())

    return has_values


def _end(page: Page[R], next_after: str | None) -> Page[R]:
    return Page(page.records, page.unreadable[:MAX_NAMED], next_after)
