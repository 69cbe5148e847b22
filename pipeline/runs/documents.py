"""Read the documents of runs, also those that other programs wrote."""

from collections.abc import Mapping
from typing import Any

from pipeline.records.reading import read_record
from pipeline.records.runs import Run

COLLECTION = "training_runs"


def read_run(name: str, fields: Mapping[str, Any]) -> Run:
    """Return the run in the document `training_runs/{name}`.

    Raises:
        UnreadableDocument: it is not as this version of Redraw writes it.
    """
    return read_record(Run, f"{COLLECTION}/{name}", fields, "id")
