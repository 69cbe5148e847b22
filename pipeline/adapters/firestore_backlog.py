"""Queries that tell whether a run is due: pending corrections, their age, and players' answers."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from google.api_core.exceptions import FailedPrecondition
from google.cloud.firestore_v1.base_query import FieldFilter

from pipeline.adapters.firestore_client import count_documents, retry_policy
from pipeline.adapters.google_errors import translate_errors
from pipeline.errors import RedrawError
from pipeline.records.corrections import Answers, Backlog

MAX_CANDIDATES = 100
"""Documents with an old `timestamp` whose real age is read from the server."""


def count_backlog(pending: Any) -> Backlog:
    """Count what the query `pending` matches; see `CorrectionSource.backlog`."""
    with translate_errors("Firestore"):
        return Backlog(*count_documents(pending))


def find_pending_since(pending: Any, before: datetime) -> datetime | None:
    """Return since when the oldest correction has been pending; see `CorrectionSource`.

    Raises:
        RedrawError: when the composite index is missing.
    """
    # A client wrote `timestamp`, so it may be false; but a query can only search by a field. It
    # gives candidates, and the server's own time of the last write says how old each really is.
    # Documents with a forged old timestamp can fill the candidates and hide others, but only until
    # they are old enough to count themselves.
    candidates = pending.where(filter=FieldFilter("timestamp", "<=", before)).order_by("timestamp")
    with _index_errors():
        # The last write, not the creation: a decision of the owner, or `adopt`, can make an old
        # document pending today.
        written = [
            snapshot.update_time
            for snapshot in candidates.select(["status"])
            .limit(MAX_CANDIDATES)
            .stream(retry=retry_policy())
        ]
    return min((time for time in written if time <= before), default=None)


def count_answers(
    collection: Any, version: str, start: datetime, end: datetime, categories: Sequence[str]
) -> Answers:
    """Count the answers to a version's guesses; see `CorrectionSource.answers`.

    Raises:
        RedrawError: when a composite index is missing.
    """
    query = _where(
        collection,
        ("modelVersion", "==", version),
        ("timestamp", ">=", start),
        ("timestamp", "<", end),
    )
    with _index_errors():
        # A query cannot compare two fields of a document, so there is one query for each class.
        confirmations = sum(
            count_documents(
                _where(query, ("correctedLabel", "==", name), ("originalPrediction", "==", name))
            )[0]
            for name in categories
        )
        return Answers(max(0, count_documents(query)[0] - confirmations), confirmations)


def _where(query: Any, *conditions: tuple[str, str, Any]) -> Any:
    for condition in conditions:
        query = query.where(filter=FieldFilter(*condition))
    return query


@contextmanager
def _index_errors() -> Iterator[None]:
    """Say what to deploy when a query inside the block needs an index that does not exist."""
    try:
        with translate_errors("Firestore"):
            yield
    except FailedPrecondition as error:
        raise RedrawError(
            f"Firestore lacks an index ({error}): deploy those of emulator/firestore.indexes.json"
        ) from error
