"""The history of releases in Firestore: `release_history/{fence}`."""

from itertools import islice
from typing import Any

from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from pipeline.adapters.firestore_client import count_documents, retry_policy
from pipeline.adapters.google_errors import translate_errors
from pipeline.records.reading import MAX_NAMED, Page, Unreadable, read_page
from pipeline.records.releases import ReleaseChange
from pipeline.versions.documents import MAX_FENCE
from pipeline.versions.history import name_without_fence, parse_after, read_change

MAX_SCANNED = 1000
"""Entries among which those without a fence are looked for."""


def read_history(collection: Any, after: str | None, limit: int) -> Page[ReleaseChange]:
    """Return a page of the history; see `ModelRegistry.history`."""
    below = parse_after(after)
    newest = _ordered(collection, below - 1).limit(limit + 1)
    with translate_errors("Firestore"):
        found = list(newest.stream(retry=retry_policy()))
    page = read_page(((each.id, each.to_dict()) for each in found[:limit]), read_change)
    next_after = str(int(found[limit - 1].get("fence"))) if len(found) > limit else None
    odd = [] if after is not None else _find_without_fence(collection)
    return Page(page.records, [*page.unreadable, *odd], next_after)


def find_newest_fence(collection: Any, transaction: Any) -> dict[str, Any]:
    """Return the field `fence` of the newest entry; {} if there is none."""
    newest = _ordered(collection, MAX_FENCE).limit(1).select(["fence"])
    return next((each.to_dict() for each in newest.stream(transaction=transaction)), {})


def _ordered(collection: Any, highest: int) -> Any:
    """Return the query for all entries up to a fence, the newest first.

    Firestore has no order by descending ids without an index of its own, so the field is taken.
    The bounds leave out what is no number: Firestore sorts texts and maps above numbers.
    """
    return (
        collection.where(filter=FieldFilter("fence", ">=", 0))
        .where(filter=FieldFilter("fence", "<=", highest))
        .order_by("fence", direction=firestore.Query.DESCENDING)
    )


def _find_without_fence(collection: Any) -> list[Unreadable]:
    """Name entries whose fence is missing or no number: two counts tell whether there are any."""
    with translate_errors("Firestore"):
        odd = count_documents(collection)[0] - count_documents(_ordered(collection, MAX_FENCE))[0]
        if odd <= 0:
            return []
        by_id = collection.select(["fence"]).order_by("__name__").limit(MAX_SCANNED)
        names = (
            snapshot.id
            for snapshot in by_id.stream(retry=retry_policy())
            if not _has_fence(snapshot.to_dict())
        )
        return [name_without_fence(name) for name in islice(names, min(odd, MAX_NAMED))]


def _has_fence(fields: dict[str, Any]) -> bool:
    value = fields.get("fence")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return 0 <= value <= MAX_FENCE
