"""Read the documents of versions in Firestore, a few at a time."""

from collections.abc import Iterable
from typing import Any

from pipeline.adapters.firestore_client import retry_policy
from pipeline.records.reading import Page
from pipeline.records.versions import ModelVersion
from pipeline.versions.documents import read_versions

READ_DOCUMENTS = 25
"""Documents of versions in memory at once; each may have up to 1 MiB."""


def stream_ids(collection: Any) -> dict[str, Any]:
    """Return the ids of all documents, each with its `runId`; of the rest nothing is read."""
    return {
        snapshot.id: snapshot.to_dict().get("runId")
        for snapshot in collection.select(["runId"]).stream(retry=retry_policy())
    }


def read_documents(
    client: Any, collection: Any, names: Iterable[str], transaction: Any
) -> Page[ModelVersion]:
    """Read the documents with these ids, in this order; what is missing is left out."""
    page: Page[ModelVersion] = Page([], [])
    waiting = [*names]
    while waiting:
        batch, waiting = waiting[:READ_DOCUMENTS], waiting[READ_DOCUMENTS:]
        references = [collection.document(name) for name in batch]
        found = {
            snapshot.id: snapshot.to_dict()
            for snapshot in client.get_all(references, transaction=transaction)
            if snapshot.exists
        }
        part = read_versions((name, found[name]) for name in batch if name in found)
        page.records.extend(part.records)
        page.unreadable.extend(part.unreadable)
    return page
