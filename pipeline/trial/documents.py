"""Read the documents of trials, also those that other programs wrote."""

from collections.abc import Iterable, Mapping
from typing import Any

from pipeline.errors import UnreadableDocument
from pipeline.records.reading import Page, read_page, read_record, unreadable
from pipeline.records.trials import Trial, TrialState
from pipeline.versions.documents import parse_numbers

COLLECTION = "trials"


def read_trial(name: str, fields: Mapping[str, Any]) -> Trial:
    """Return the trial in the document `trials/{name}`.

    Raises:
        UnreadableDocument: it is not as this version of Redraw writes it.
    """
    path = f"{COLLECTION}/{name}"
    trial = read_record(Trial, path, fields, "id")
    for field, version in (("version", trial.version), ("against", trial.against)):
        if not parse_numbers([version]):
            raise unreadable(path, f"{field}: it is no version number")
    return trial


def read_trials(documents: Iterable[tuple[str, Mapping[str, Any]]], limit: int) -> Page[Trial]:
    """Return the newest trials in documents, given as id and fields; name what cannot be read."""
    page = read_page(documents, read_trial)
    newest = sorted(page.records, key=lambda trial: (trial.started_at, trial.id), reverse=True)
    return Page(newest[:limit], page.unreadable)


def read_open(documents: Iterable[tuple[str, Mapping[str, Any]]]) -> list[Trial]:
    """Return the open trials among documents; those that cannot be read are left alone."""
    trials = []
    for name, fields in documents:
        try:
            trial = read_trial(name, fields)
        except UnreadableDocument:
            continue
        if trial.state is TrialState.OPEN:
            trials.append(trial)
    return trials
