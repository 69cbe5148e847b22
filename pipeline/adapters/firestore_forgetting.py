"""Find out whose all corrections in Firestore are, and delete documents for good."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pipeline.adapters.firestore_client import retry_policy
from pipeline.adapters.firestore_statuses import PAGE_SIZE, stream_by_id, to_path
from pipeline.adapters.google_errors import translate_errors
from pipeline.corrections.digests import digest_document
from pipeline.corrections.game_schema import GameSchema
from pipeline.records.ids import is_valid_id

DELETED_AT_ONCE = 200
"""Corrections that one batch deletes: each has two documents, and a batch has 500 writes."""
OWNED = ("userId", "imageStoragePath")
"""The fields that say whose a correction is, and where its canvas is."""


def stream_owners(collection: Any, schema: GameSchema) -> Iterator[Any]:
    """Yield a snapshot of each document, with the fields of OWNED in every spelling."""
    paths = sorted({to_path(name) for field in OWNED for name in schema.list_names(field)})
    with translate_errors("Firestore"):
        yield from stream_by_id(collection.select(paths))


def compute_digests(
    client: Any, collections: Mapping[str, Any], schema: GameSchema, ids: Collection[str]
) -> dict[str, str]:
    """Return the digest of each document with these ids that there is, by its path.

    Args:
        client: Google's.
        collections: those to look in, by name.
        schema: which fields hold a player's id.
        ids: of corrections, and so of the decisions on them.
    """
    names, found = [name for name in ids if is_valid_id(name)], {}
    with translate_errors("Firestore"):
        for start in range(0, len(names), PAGE_SIZE):
            page = names[start : start + PAGE_SIZE]
            for label, collection in collections.items():
                references = [collection.document(name) for name in page]
                for snapshot in client.get_all(references):
                    if snapshot.exists:
                        fields = snapshot.to_dict()
                        digest = digest_document(fields, schema.list_names("userId"))
                        found[f"{label}/{snapshot.id}"] = digest
    return found


def delete_all(client: Any, collections: Collection[Any], ids: Collection[str]) -> None:
    """Delete the documents with these ids in all of these collections."""
    names = [name for name in ids if is_valid_id(name)]
    with translate_errors("Firestore"):
        for start in range(0, len(names), DELETED_AT_ONCE):
            batch = client.batch()
            for name in names[start : start + DELETED_AT_ONCE]:
                for collection in collections:
                    batch.delete(collection.document(name))
            batch.commit(retry=retry_policy())
