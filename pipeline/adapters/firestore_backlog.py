"""What triggers ask of the corrections in Firestore: how many wait, since when, and what players answer to a version."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from google.api_core.exceptions import FailedPrecondition
from google.cloud.firestore_v1.base_query import FieldFilter

from pipeline.adapters.faults import translate_errors
from pipeline.adapters.firestore_client import counted, retry
from pipeline.categories import CATEGORIES
from pipeline.errors import RedrawError
from pipeline.records.corrections import Answers, Backlog

OLD_AT_ONCE = 100  # documents that say they are old, of which the server is asked whether they are


def backlog(waiting: Any) -> Backlog:
    """As `CorrectionSource.backlog`; `waiting`: the query for what is pending."""
    with translate_errors("Firestore"):
        return Backlog(*counted(waiting))


def pending_since(waiting: Any, before: datetime) -> datetime | None:
    """As `CorrectionSource.pending_since`. Raises RedrawError when the index is missing."""
    # The field finds candidates cheaply, but a client wrote it. Who forges old ones can hide others behind them for as long as
    # it takes them to become old in truth, and no longer.
    claimed = waiting.where(filter=FieldFilter("timestamp", "<=", before)).order_by("timestamp")
    with _indexed():
        # The last write, not the first: an owner's decision, or adoption, makes an old document pending.
        since = [
            found.update_time
            for found in claimed.select(["status"]).limit(OLD_AT_ONCE).stream(retry=retry())
        ]
    return min((each for each in since if each <= before), default=None)


def answers(corrections: Any, version: str, start: datetime, end: datetime) -> Answers:
    """As `CorrectionSource.answers`; `corrections`: the collection. Raises RedrawError when an index is missing."""
    found = _where(
        corrections,
        ("modelVersion", "==", version),
        ("timestamp", ">=", start),
        ("timestamp", "<", end),
    )
    with _indexed():  # two fields cannot be compared in a query: class by class
        confirmed = sum(
            counted(
                _where(found, ("correctedLabel", "==", name), ("originalPrediction", "==", name))
            )[0]
            for name in CATEGORIES
        )
        return Answers(max(0, counted(found)[0] - confirmed), confirmed)


def _where(query: Any, *conditions: tuple[str, str, Any]) -> Any:
    for condition in conditions:
        query = query.where(filter=FieldFilter(*condition))
    return query


@contextmanager
def _indexed() -> Iterator[None]:
    """Around queries that need a composite index."""
    try:
        with translate_errors("Firestore"):
            yield
    except FailedPrecondition as fault:
        raise RedrawError(
            f"Firestore lacks an index ({fault}): deploy those of emulator/firestore.indexes.json"
        ) from fault
