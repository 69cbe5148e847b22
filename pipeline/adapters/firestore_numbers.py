"""Find the highest number of a version: a few reads, however many versions there are."""

from collections.abc import Iterator
from typing import Any

from google.cloud import firestore

from pipeline.adapters.firestore_client import count_documents, retry_policy
from pipeline.errors import RedrawError
from pipeline.records.versions import VersionNumber

SORT_KEY = "sortKey"
"""The field with the number in a form that sorts as text; `v1.0.10` sorts before `v1.0.9`."""


def sort_field(version: str) -> dict[str, str]:
    """Return the field by which a version is sorted: each part with nine digits."""
    return {SORT_KEY: ".".join(f"{part:09d}" for part in VersionNumber.parse(version))}


def find_highest(collection: Any, transaction: Any) -> list[VersionNumber]:
    """Return the highest number that Redraw has given, alone in a list; [] before the first.

    If the key of the newest document was changed by hand, or that document was copied, the order
    says nothing. Then all ids are read, and all their numbers returned.
    """
    newest = collection.order_by(SORT_KEY, direction=firestore.Query.DESCENDING).limit(2)
    found = list(newest.select([SORT_KEY]).stream(transaction=transaction))
    if all(_has_its_key(snapshot) for snapshot in found):
        return list(_parse_ids(found[:1]))
    return list(_parse_ids(collection.select([SORT_KEY]).stream(transaction=transaction)))


def list_unsorted(collection: Any) -> list[VersionNumber]:
    """Return the numbers of the versions that have no sort key, as Redraw did not write them.

    Firestore has no query for documents that lack a field. But ordering by a field leaves them out,
    and counting is cheap, so the documents are read only when there are any such. Even then only
    their ids are read.
    """
    if count_documents(collection)[0] <= count_documents(collection.order_by(SORT_KEY))[0]:
        return []
    return list(_parse_ids(collection.select([SORT_KEY]).stream(retry=retry_policy())))


def _has_its_key(snapshot: Any) -> bool:
    """Return whether a document's id is a number, and its sort key that of this number."""
    return any(snapshot.to_dict() == sort_field(str(number)) for number in _parse_ids([snapshot]))


def _parse_ids(snapshots: Any) -> Iterator[VersionNumber]:
    """Yield the numbers of documents; an id that is no number is left out."""
    for snapshot in snapshots:
        try:
            yield VersionNumber.parse(snapshot.id)
        except RedrawError:
            continue
