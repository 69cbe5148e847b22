"""Read the documents of versions and the release, also those that others wrote.

`models` belongs to the game: it may hold versions that the game published itself, before it used
Redraw or beside it, and anything that a person or another program left there.

A document is Redraw's own when it has the fields `files` and `runId`, which Redraw writes at once
and no game does, and when these and all others that matter can be read. Redraw changes and releases
its own documents only.
"""

import math
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from pipeline.errors import NewerDocument, NotFound, RedrawError, UnreadableDocument
from pipeline.formatting import shorten
from pipeline.records.base import Record
from pipeline.records.forms import SCHEMA, Form
from pipeline.records.reading import (
    Page,
    build_record,
    is_time,
    note_unreadable,
    open_form,
    read_record,
    unreadable,
)
from pipeline.records.runs import Decision
from pipeline.records.trials import TrialOffer
from pipeline.records.versions import (
    ModelMetrics,
    ModelVersion,
    Release,
    VersionNumber,
    VersionStatus,
    Withdrawal,
)

RELEASE_PATH = "releases/production"
ODD_ID = "its id is no version number like v1.0.0, so it is not counted"
MAX_FENCE = 2**53 - 1
"""The largest whole number that JavaScript, and so a game in a browser, reads exactly."""
MAX_SHOWN = 60
"""Characters of a text that is no version number, in a message."""
DECIDING_FIELDS = (
    "version", "status", "files", "runId", "storagePath", "active", "parent", "datasetRevision",
    SCHEMA,
)  # fmt: skip
"""The fields that say whether a document is Redraw's own; the others can be large."""
_DESCRIBING: Mapping[str, type[Record]] = {
    "metrics": ModelMetrics,
    "gate": Decision,
    "withdrawn": Withdrawal,
}


def read_version(name: str, fields: Mapping[str, Any]) -> ModelVersion:
    """Return the version in the document `models/{name}`.

    What only describes it (metrics, the gate's decision, the time) is left out if it cannot be
    read: without these a version can still be released.

    Returns:
        The version. Its status is `foreign` if Redraw did not publish it.

    Raises:
        UnreadableDocument: it is no version, or one of Redraw's own that was damaged.
        NewerDocument: a newer Redraw published it.
    """
    return _read(name, fields)[0]


def read_versions(documents: Iterable[tuple[str, Mapping[str, Any]]]) -> Page[ModelVersion]:
    """Return the versions in documents, given as id and fields; name what cannot be read of them.

    A version of which only a description cannot be read is both listed and named.
    """
    page: Page[ModelVersion] = Page([], [])
    for name, fields in documents:
        try:
            version, problems = _read(name, fields)
        except (UnreadableDocument, NewerDocument) as error:
            page.unreadable.append(note_unreadable(error.path, error.problem))
            continue
        page.records.append(version)
        if problems:
            page.unreadable.append(note_unreadable(f"models/{name}", "; ".join(problems)))
    return page


def read_known(documents: Iterable[tuple[str, Mapping[str, Any]]]) -> list[ModelVersion]:
    """Return the versions in documents, given as id and fields, without what cannot be read.

    Raises:
        NewerDocument: a newer Redraw published one of them.
    """
    versions = []
    for name, fields in documents:
        with suppress(UnreadableDocument):
            versions.append(read_version(name, fields))
    return versions


def is_redraws_own(name: str, fields: Mapping[str, Any]) -> bool:
    """Return whether Redraw published the version `models/{name}`, so that it may change it.

    The fields named in DECIDING_FIELDS are enough.

    Raises:
        NewerDocument: a newer Redraw published it.
    """
    try:
        return read_version(name, fields).status is not VersionStatus.FOREIGN
    except UnreadableDocument:
        return False


def parse_numbers(names: Iterable[Any]) -> list[VersionNumber]:
    """Return the version numbers among these values; what is no exact number is left out."""
    numbers = []
    for name in names:
        with suppress(RedrawError):
            numbers.append(VersionNumber.parse(name if isinstance(name, str) else ""))
    return numbers


def check_number(version: str) -> None:
    """Return if there can be such a version.

    Raises:
        NotFound: it is no version number: a document with this id is none of Redraw's.
    """
    if not parse_numbers([version]):
        shown = shorten(repr(version), MAX_SHOWN)
        raise NotFound(f"there is no version {shown}: versions are written like v1.0.0")


def read_release(fields: Mapping[str, Any]) -> Release:
    """Return the release in the fields of its document.

    Classes that are no list of names, and a trial that cannot be read, are left out and noted in
    the log.

    Raises:
        UnreadableDocument: it was edited so that it names no version, or no fence.
        NewerDocument: a newer Redraw wrote it.
    """
    try:
        form = open_form(Release, RELEASE_PATH, fields)
        release = build_record(Release, RELEASE_PATH, _leave_out_odd(form))
        if not parse_numbers([release.version]):
            raise unreadable(RELEASE_PATH, "version: it is no version number")
        if not 0 <= release.fence <= MAX_FENCE:
            raise unreadable(RELEASE_PATH, f"fence: it is not from 0 to {MAX_FENCE}")
    except UnreadableDocument as error:
        raise UnreadableDocument(
            RELEASE_PATH,
            error.problem,
            "`redraw promote VERSION` repairs it; `redraw models` lists the versions",
        ) from error
    return release


def _leave_out_odd(form: Form) -> Form:
    """Return a release's form without what can be missing and cannot be read."""
    fields = form.fields
    if not _is_list_of_names(fields.get("categories", [])):
        note_unreadable(RELEASE_PATH, "categories: it is no list of names")
        fields = {**fields, "categories": []}
    fields = {**fields, "trial": _read_offer(fields.get("trial"))}
    first = fields.get("versionFence")
    if first is not None and (isinstance(first, bool) or not isinstance(first, int)):
        fields = {**fields, "versionFence": None}
    return form._replace(fields=fields)


def read_fence(fields: Mapping[str, Any], name: str = "fence") -> int:
    """Return the fence in a document, rounded up, even where nothing else in it can be read.

    Returns:
        The fence; 0 if there is no usable number.
    """
    value = fields.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return 0
    with suppress(ValueError, OverflowError):
        fence = math.ceil(float(value)) if isinstance(value, str | float) else value
        return fence if 0 <= fence <= MAX_FENCE else 0
    return 0


def _read(name: str, fields: Mapping[str, Any]) -> tuple[ModelVersion, list[str]]:
    """Return the version, and what describes it but cannot be read. Raises UnreadableDocument."""
    path = f"models/{name}"
    if not parse_numbers([name]):
        raise unreadable(path, ODD_ID)
    if "files" not in fields and "runId" not in fields:
        return _read_foreign(name, fields), []
    form = open_form(ModelVersion, path, fields)
    given, problems = _leave_out_unreadable(path, form.fields)
    for field in ("runId", "status", "files"):
        if not given.get(field) and given.get(field) != []:
            raise unreadable(path, f"{field}: it is missing")
    version = build_record(ModelVersion, path, Form(given, form.earlier), "version")
    if version.status is VersionStatus.READY and not version.files:
        raise unreadable(path, "files: it is ready, but has none")
    return version, problems


def _leave_out_unreadable(path: str, fields: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return the fields without those that only describe a version and cannot be read, and why."""
    given, problems = dict(fields), list[str]()
    for field, kind in _DESCRIBING.items():
        problem = _find_problem(kind, path, given.get(field))
        if problem:
            given[field] = None
            problems.append(f"{field}: {problem}")
    if not is_time(given.get("createdAt")):
        given["createdAt"] = None
        problems.append("createdAt: it is no timestamp")
    for field in ("active", "clearing"):
        if not isinstance(given.setdefault(field, False), bool):
            given[field] = False
            problems.append(f"{field}: it is neither true nor false")
    if not _is_list_of_names(given.setdefault("categories", [])):
        given["categories"] = []
        problems.append("categories: it is no list of names")
    return given, problems


def _read_offer(fields: Any) -> dict[str, Any] | None:
    """Return the fields of the trial in a release; None if they are no trial."""
    problem = _find_problem(TrialOffer, RELEASE_PATH, fields)
    if problem is None and fields is not None and not parse_numbers([fields["version"]]):
        problem = "its version is no version number"
    if problem is not None:
        note_unreadable(RELEASE_PATH, f"trial: {problem}")
    return None if problem is not None or fields is None else dict(fields)


def _is_list_of_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _read_foreign(name: str, fields: Mapping[str, Any]) -> ModelVersion:
    """Return a version that the game published, with what can be read of it."""
    metrics, created, place = (fields.get(key) for key in ("metrics", "createdAt", "storagePath"))
    known = isinstance(metrics, dict) and not _find_problem(ModelMetrics, "", metrics)
    return ModelVersion(
        version=name,
        created_at=created if is_time(created) else None,
        storage_path=place if isinstance(place, str) else "",
        status=VersionStatus.FOREIGN,
        metrics=ModelMetrics.model_validate(metrics) if known else None,
    )


def _find_problem(kind: type[Record], path: str, fields: Any) -> str | None:
    """Return why a part of a document cannot be read; None if it can, or is missing."""
    if fields is None:
        return None
    if not isinstance(fields, Mapping):
        return "it is no map"
    try:
        read_record(kind, path, fields)
    except UnreadableDocument as error:
        return error.problem
    return None
