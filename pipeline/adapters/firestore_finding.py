"""Queries that find and count corrections by what an owner asks for.

Every condition is that a field equals a value, and the order is that of the ids. Such queries are
answered from the index that Firestore keeps of each single field, whatever fields are combined, so
no composite index has to be deployed (docs/decisions/0039).
https://firebase.google.com/docs/firestore/query-data/index-overview#taking_advantage_of_index_merging
"""

from collections.abc import Iterator, Sequence
from typing import Any

from pipeline.adapters.firestore_client import count_documents, retry_policy
from pipeline.adapters.firestore_statuses import listed_paths, path_of, to_path, where
from pipeline.adapters.google_errors import translate_errors
from pipeline.corrections.game_schema import GameSchema
from pipeline.records.corrections import Wanted
from pipeline.records.ids import is_valid_id

MAX_COMPARED = 30
"""Combinations of values that one query may ask for."""


def find(
    collection: Any, schema: GameSchema, wanted: Wanted, after: str | None, limit: int
) -> list[Any]:
    """Return snapshots of matching documents, without their drawings, in order of id."""
    if after is not None and not is_valid_id(after):
        return []
    found: dict[str, Any] = {}
    with translate_errors("Firestore"):
        for query in list_queries(collection, schema, wanted):
            page = query.select(listed_paths(schema)).order_by("__name__").limit(limit)
            if after is not None:
                page = page.start_after({"__name__": collection.document(after)})
            found |= {snapshot.id: snapshot for snapshot in page.stream(retry=retry_policy())}
    return [found[name] for name in sorted(found, key=str.encode)[:limit]]


def count(collection: Any, schema: GameSchema, wanted: Wanted) -> int:
    """Return how many documents match; one read for each thousand of them.

    A document that spells a field in two ways, both of which match, counts twice.
    """
    with translate_errors("Firestore"):
        queries = list_queries(collection, schema, wanted)
        return sum(count_documents(query)[0] for query in queries)


def list_queries(collection: Any, schema: GameSchema, wanted: Wanted) -> Iterator[Any]:
    """Yield a query for each way in which the game may spell the fields; mostly that is one."""
    if wanted.run_id is not None and not is_valid_id(wanted.run_id):
        return  # Firestore refuses to compare with a longer text
    query = collection
    for path, value in (
        (path_of(schema, "status"), wanted.state and str(wanted.state)),
        ("retraining.reason", wanted.reason),
        ("retraining.runId", wanted.run_id),
    ):
        query = query if value is None else where(query, path, value)
    players = None if wanted.player is None else schema.list_player_values(wanted.player)
    labels = None if wanted.category is None else schema.list_label_values(wanted.category)
    most = MAX_COMPARED // max(1, len(players or ()))
    for with_player in _compare(query, schema, "userId", players):
        yield from _compare(with_player, schema, "correctedLabel", labels and labels[:most])


def _compare(
    query: Any, schema: GameSchema, name: str, values: Sequence[str | int] | None
) -> Iterator[Any]:
    """Yield the query with one of these values in a field, once for each name of the field.

    Args:
        query: that is narrowed.
        schema: how the game spells its fields.
        name: our name of the field.
        values: those that match: if there are none, there is no query. None: any.
    """
    if values is None:
        yield query
        return
    for path in map(to_path, schema.list_names(name)) if values else ():
        if len(values) == 1:
            yield where(query, path, values[0])
        else:
            yield where(query, path, values, "in")
