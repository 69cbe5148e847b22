"""Read the documents of owners' decisions, also those that other programs wrote."""

from collections.abc import Collection, Iterable, Mapping
from functools import partial
from typing import Any, NamedTuple

from pipeline.errors import NewerDocument, UnreadableDocument
from pipeline.records.corrections import OwnerDecision
from pipeline.records.reading import Page, note_unreadable, read_page, read_record, unreadable

SHOWN = 40
"""Characters of an owner's text that a message repeats."""


class Decided(NamedTuple):
    """The owners' decisions in some documents, by correction id.

    newer: those that a newer Redraw wrote, with the error that says so.
    """

    known: dict[str, OwnerDecision]
    newer: dict[str, NewerDocument]

    def require_known(self) -> dict[str, OwnerDecision]:
        """Return the decisions.

        Raises:
            NewerDocument: a newer Redraw wrote one of them.
        """
        for error in self.newer.values():
            raise error
        return self.known


def read_decision(
    name: str, fields: Mapping[str, Any], categories: Collection[str] = ()
) -> OwnerDecision:
    """Return the owner's decision in the document `decisions/{name}`.

    Args:
        name: the id of the document, and of the correction.
        fields: of the document.
        categories: the classes; without any, the label is not compared with them.

    Raises:
        UnreadableDocument: it is no decision on that correction, or its label is no class.
    """
    path = f"decisions/{name}"
    decision = read_record(OwnerDecision, path, fields, "correctionId")
    if categories and decision.label is not None and decision.label not in categories:
        label = decision.label[:SHOWN]
        raise unreadable(path, f"label: {label!r} is none of the classes")
    return decision


def read_decisions(
    documents: Iterable[tuple[str, Mapping[str, Any]]], categories: Collection[str] = ()
) -> Page[OwnerDecision]:
    """Return the decisions in documents, given as id and fields, and name what is none."""
    return read_page(documents, partial(read_decision, categories=categories))


def find_decided(
    documents: Iterable[tuple[str, Mapping[str, Any]]], categories: Collection[str] = ()
) -> Decided:
    """Return the decisions in documents, given as id and fields; what is none is left out."""
    decided = Decided({}, {})
    for name, fields in documents:
        try:
            decided.known[name] = read_decision(name, fields, categories)
        except NewerDocument as error:
            decided.newer[name] = error
            note_unreadable(error.path, error.problem)
        except UnreadableDocument as error:
            note_unreadable(error.path, error.problem)
    return decided
