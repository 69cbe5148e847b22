"""Read the documents of runs, also those that other programs wrote."""

from collections.abc import Mapping
from typing import Any

from pipeline.errors import UnreadableDocument
from pipeline.records.reading import Unreadable, note_unreadable, read_record, unreadable
from pipeline.records.runs import Run

COLLECTION = "training_runs"


def read_run(name: str, fields: Mapping[str, Any]) -> Run:
    """Return the run in the document `training_runs/{name}`.

    Raises:
        UnreadableDocument: it is not as this version of Redraw writes it.
    """
    return read_record(Run, f"{COLLECTION}/{name}", fields, "id")


def name_timeless(name: str) -> Unreadable:
    """Return the note on a document that has no time of a request, and so no place in the list."""
    error: UnreadableDocument = unreadable(
        f"{COLLECTION}/{name}", "requestedAt: it is missing, or no timestamp"
    )
    return note_unreadable(error.path, error.problem)
