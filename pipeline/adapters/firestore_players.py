"""Queries that count the contradicted corrections of players."""

from collections import Counter
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from google.cloud.firestore_v1.base_query import FieldFilter

from pipeline.adapters.firestore_client import count_documents, retry_policy
from pipeline.adapters.google_errors import translate_errors
from pipeline.corrections.players import CONTRADICTED
from pipeline.records.corrections import CorrectionState

GROUP_SIZE = 30
"""Players that one query asks for: the most values that Firestore compares a field with."""
MAX_READ = 60
"""Documents that one query reads. With more, each player's are counted instead: one read each."""
COUNTERS = 8
"""Threads that count."""
MAX_USER_BYTES = 1500
"""Firestore indexes no more of a text, so a longer id cannot be looked up."""


def count_contradicted(collection: Any, users: Collection[str]) -> dict[str, int]:
    """Count the contradicted corrections of players; see `CorrectionSource.contradicted`."""
    known = sorted(user for user in set(users) if len(user.encode()) <= MAX_USER_BYTES)
    counts: Counter[str] = Counter()
    with translate_errors("Firestore"):
        for start in range(0, len(known), GROUP_SIZE):
            for state, reason in CONTRADICTED:
                counts.update(
                    _count_group(collection, state, reason, known[start : start + GROUP_SIZE])
                )
    return {user: count for user, count in counts.items() if count}


def _count_group(
    collection: Any, state: CorrectionState, reason: str, users: Sequence[str]
) -> Counter[str]:
    """Count the corrections of these players that are in this state for this reason."""
    query = collection.where(filter=FieldFilter("status", "==", str(state))).where(
        filter=FieldFilter("retraining.reason", "==", reason)
    )
    # All conditions are equalities, so Firestore needs no composite index. Few players have any
    # such correction: one query for many of them mostly returns nothing.
    group = query.where(filter=FieldFilter("userId", "in", list(users)))
    snapshots = group.select(["userId"]).limit(MAX_READ).stream(retry=retry_policy())
    counts = Counter(snapshot.get("userId") for snapshot in snapshots)
    if counts.total() < MAX_READ:
        return counts

    def count_own(user: str) -> int:
        return count_documents(query.where(filter=FieldFilter("userId", "==", user)))[0]

    with ThreadPoolExecutor(COUNTERS) as pool:
        return Counter(dict(zip(users, pool.map(count_own, users), strict=True)))
