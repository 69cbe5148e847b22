"""Read the entries of the history of releases, also those that other programs wrote."""

from collections.abc import Mapping
from typing import Any

from pipeline.errors import RedrawError
from pipeline.records.reading import Unreadable, note_unreadable, read_record, unreadable
from pipeline.records.releases import ReleaseChange
from pipeline.versions.documents import MAX_FENCE, parse_numbers

COLLECTION = "release_history"


def read_change(name: str, fields: Mapping[str, Any]) -> ReleaseChange:
    """Return the entry in the document `release_history/{name}`.

    Raises:
        UnreadableDocument: it is not as Redraw writes it.
    """
    path = f"{COLLECTION}/{name}"
    change = read_record(ReleaseChange, path, fields)
    if change.id != name:
        raise unreadable(path, f"fence: it says {change.fence}, which is not the document's id")
    if not parse_numbers([change.version]):
        raise unreadable(path, "version: it is no version number")
    return change


def name_without_fence(name: str) -> Unreadable:
    """Return the note on an entry that has no usable fence, and so no place in the history."""
    error = unreadable(f"{COLLECTION}/{name}", "fence: it is missing, or no whole number")
    return note_unreadable(error.path, error.problem)


def parse_after(after: str | None) -> int:
    """Return the fence below which a page of the history starts; None: above all.

    Raises:
        RedrawError: it is no fence.
    """
    if after is None:
        return MAX_FENCE + 1
    if not (after.isascii() and after.isdecimal() and len(after) <= len(str(MAX_FENCE))):
        raise RedrawError(f"{after!r} is no fence of a release: take `next` of the page before")
    return int(after)
