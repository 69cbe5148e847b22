"""Read the documents of trials, also those that other programs wrote."""

from collections.abc import Iterable, Mapping
from typing import Any

from pipeline.errors import UnreadableDocument
from pipeline.records.reading import Page, read_page, read_record, unreadable
from pipeline.records.trials import Trial, TrialLook, TrialOffer, TrialPlan, TrialState
from pipeline.versions.documents import parse_numbers

COLLECTION = "trials"
MOST_LOOKS = 500
"""The newest looks are kept, about 200 kB: a document has room for 1 MiB."""


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


def read_current(offer: TrialOffer, fields: Mapping[str, Any] | None) -> Trial:
    """Return the open trial that a release names.

    Args:
        offer: what the release says.
        fields: of the trial's document; None if there is none.

    Raises:
        UnreadableDocument: the document is missing, cannot be read, or is not that of an open
            trial of this version.
    """
    path, advice = f"{COLLECTION}/{offer.salt}", f"`redraw trial stop {offer.version}` clears it"
    if fields is None:
        raise UnreadableDocument(path, "the release names it, and there is none", advice)
    try:
        trial = read_trial(offer.salt, fields)
    except UnreadableDocument as error:
        raise UnreadableDocument(error.path, error.problem, advice) from error
    if trial.state is not TrialState.OPEN:
        raise UnreadableDocument(path, f"the release names it, but it is {trial.state}", advice)
    if (trial.version, trial.salt) != (offer.version, offer.salt):
        raise UnreadableDocument(path, "it is of another version than the release says", advice)
    return trial


def find_begun(
    documents: Iterable[tuple[str, Mapping[str, Any]]], plan: TrialPlan, version: str
) -> Trial | None:
    """Return the trial of a version that the run of a plan has begun already; None if none."""
    if plan.run_id is None:
        return None
    begun = (trial for trial in read_page(documents, read_trial).records)
    return next(
        (each for each in begun if each.run_id == plan.run_id and each.version == version), None
    )


def add_look(trial: Trial, look: TrialLook) -> Trial:
    """Return the trial with one look more; itself if it has ended or this run has looked.

    Of many looks the oldest is dropped.
    """
    if trial.state is not TrialState.OPEN or trial.find_look(look.run_id) is not None:
        return trial
    return trial.model_copy(update={"looks": [*trial.looks, look][-MOST_LOOKS:]})


def explain_unknown(name: str) -> str:
    """Return the message that there is no such trial."""
    return f"there is no trial of {name}: `redraw trial show` lists them"
