"""The forms in which Redraw writes documents: each says the number of its form in `schema`.

A form gets a new number when an older Redraw must not change, or misread, what is written in it.
docs/upgrading.md says how a record is changed.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from pipeline.errors import NewerDocument, UnreadableDocument
from pipeline.formatting import shorten

SCHEMA = "schema"
"""The field with the number of the form. Documents without it have the first form."""
MAX_PATH = 200
"""Characters of a document's path that are shown."""

Upgrade = Callable[[dict[str, Any]], dict[str, Any]]
"""Makes the fields of one form those of the next."""


class Form(NamedTuple):
    """The fields of a document in the form that this Redraw writes.

    earlier: whether the document has an earlier form.
    """

    fields: dict[str, Any]
    earlier: bool


def read_number(path: str, fields: Mapping[str, Any]) -> int:
    """Return the number of the form that a document says; 1 if it says none.

    Raises:
        UnreadableDocument: it says something else.
    """
    number = fields.get(SCHEMA, 1)
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:
        problem = f"{SCHEMA}: it is no whole number above 0"
        raise UnreadableDocument(shorten(path, MAX_PATH), problem)
    return number


def is_newer(fields: Mapping[str, Any] | None, known: int) -> bool:
    """Return whether a newer Redraw wrote a document, in a form above `known`."""
    number = (fields or {}).get(SCHEMA)
    return isinstance(number, int) and number > known


def refuse_newer(path: str, number: int, known: int) -> None:
    """Return if the number of a form is not above `known`.

    Raises:
        NewerDocument: it is.
    """
    if number > known:
        raise NewerDocument(shorten(path, MAX_PATH), number, known)


def bring_up_to_date(
    path: str, fields: Mapping[str, Any], known: int, upgrades: Sequence[Upgrade]
) -> Form:
    """Return the fields of a document as they would be in the form `known`.

    Args:
        path: the document: collection and id.
        fields: what is stored.
        known: the number of the form that this Redraw writes.
        upgrades: for each form before it, the first one first, what makes its fields the next's.

    Raises:
        NewerDocument: a newer Redraw wrote it.
        UnreadableDocument: its number is none.
    """
    number = read_number(path, fields)
    refuse_newer(path, number, known)
    given = dict(fields)
    for upgrade in upgrades[number - 1 : known - 1]:
        given = upgrade(given)
    return Form(given, number < known)
