"""List the runs in Firestore, and find documents that have no place in the list."""

from datetime import UTC, datetime
from itertools import islice
from typing import Any

from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from pipeline.adapters.firestore_client import count_documents, retry_policy
from pipeline.adapters.google_errors import translate_errors
from pipeline.records.reading import MAX_NAMED, Page, Unreadable, is_time, read_page
from pipeline.records.runs import Run
from pipeline.runs.documents import name_timeless, read_run

FIRST_TIME = datetime(1, 1, 1, tzinfo=UTC)
LAST_TIME = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
MAX_SKIPPED = 200
"""Unreadable documents that one list passes over."""
MAX_SCANNED = 1000
"""Documents among which those without a time are looked for."""


def read_newest(collection: Any, limit: int) -> Page[Run]:
    """Read documents, the newest first, until `limit` of them are runs or there are no more."""
    newest = _timed(collection).order_by("requestedAt", direction=firestore.Query.DESCENDING)
    page: Page[Run] = Page([], [])
    last = None
    while (wanted := limit - len(page.records)) > 0 and len(page.unreadable) < MAX_SKIPPED:
        query = newest.limit(wanted)
        if last is not None:
            query = query.start_after(last)
        count = 0
        # One document at a time, as some may be large.
        with translate_errors("Firestore"):
            for last in query.stream(retry=retry_policy()):
                count += 1
                part = read_page([(last.id, last.to_dict())], read_run)
                page.records.extend(part.records)
                page.unreadable.extend(part.unreadable)
        if count < wanted:
            break
    return page


def find_timeless(collection: Any) -> list[Unreadable]:
    """Name documents whose `requestedAt` is missing or no time, the first ones by id.

    Two counts tell whether there are any; only then are documents read.
    """
    with translate_errors("Firestore"):
        timeless = count_documents(collection)[0] - count_documents(_timed(collection))[0]
        if timeless <= 0:
            return []
        by_id = collection.select(["requestedAt"]).order_by("__name__").limit(MAX_SCANNED)
        names = (
            snapshot.id
            for snapshot in by_id.stream(retry=retry_policy())
            if not is_time(snapshot.to_dict().get("requestedAt"))
        )
        return [name_timeless(name) for name in islice(names, min(timeless, MAX_NAMED))]


def _timed(collection: Any) -> Any:
    """Return the query for all documents whose `requestedAt` is a time.

    Firestore leaves out documents without the field. It sorts texts and maps above times: without
    the bounds a few documents with such a field would come first and fill a page.
    """
    return collection.where(filter=FieldFilter("requestedAt", ">=", FIRST_TIME)).where(
        filter=FieldFilter("requestedAt", "<=", LAST_TIME)
    )
