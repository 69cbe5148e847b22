"""Queries that count players' corrections: how many are contradicted, and how all fared."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pipeline.adapters.firestore_client import count_documents, retry_policy
from pipeline.adapters.firestore_statuses import path_of, stream_by_id, to_path, where
from pipeline.adapters.google_errors import translate_errors
from pipeline.corrections.fields import read_player_id
from pipeline.corrections.game_schema import GameSchema
from pipeline.corrections.players import CONTRADICTED

GROUP_SIZE = 30
"""Players that one query asks for: the most values that Firestore compares a field with."""
MAX_READ = 60
"""Documents that one query reads. With more, each player's are counted instead: one read each."""
COUNTERS = 8
"""Threads that count."""
MAX_USER_BYTES = 1500
"""Firestore indexes no more of a text, so a longer id cannot be looked up."""


def count_contradicted(
    collection: Any, schema: GameSchema, users: Collection[str]
) -> dict[str, int]:
    """Count the contradicted corrections of players; see `CorrectionSource.contradicted`."""
    values = [
        (value, user)
        for user in sorted(set(users))
        if len(user.encode()) <= MAX_USER_BYTES
        for value in schema.list_player_values(user)
    ]
    counts: Counter[str] = Counter()
    with translate_errors("Firestore"):
        for start in range(0, len(values), GROUP_SIZE):
            group = dict(values[start : start + GROUP_SIZE])
            for state, reason in CONTRADICTED:
                query = where(collection, path_of(schema, "status"), str(state))
                query = where(query, "retraining.reason", str(reason))
                counts.update(_count_group(query, schema, group))
    return {user: count for user, count in counts.items() if count}


def stream_fates(collection: Any, schema: GameSchema) -> Iterator[Any]:
    """Yield a snapshot of each document, with its player, status and reason; see `fates`."""
    names = [*schema.list_names("userId"), *schema.list_names("status"), "retraining.reason"]
    with translate_errors("Firestore"):
        yield from stream_by_id(collection.select(sorted(map(to_path, names))))


def _count_group(query: Any, schema: GameSchema, users: Mapping[str | int, str]) -> Counter[str]:
    """Count the documents of a query by player.

    Args:
        query: corrections that are in one state for one reason.
        schema: how the game spells a player's id.
        users: the player whom each value of it stands for.
    """
    # All conditions are equalities, so Firestore needs no composite index. Few players have any
    # such correction: one query for many of them mostly returns nothing.
    paths = [to_path(name) for name in schema.list_names("userId")]
    found: dict[str, str | None] = {}
    used = set()
    for path in paths:
        group = where(query, path, list(users), "in").select(paths).limit(MAX_READ)
        for snapshot in group.stream(retry=retry_policy()):
            fields = schema.read(snapshot.id, snapshot.to_dict())
            found[snapshot.id] = read_player_id(fields["userId"])
            used.add(path)
    if len(found) < MAX_READ:
        asked = set(users.values())
        return Counter(user for user in found.values() if user in asked)

    def count_value(value: str | int) -> int:
        return sum(count_documents(where(query, path, value))[0] for path in used)

    counts: Counter[str] = Counter()
    with ThreadPoolExecutor(COUNTERS) as pool:
        for user, count in zip(users.values(), pool.map(count_value, users), strict=True):
            counts[user] += count
    return counts
