"""Queries that tell whether a run is due: pending corrections, their age, and players' answers."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import product
from typing import Any

from google.api_core.exceptions import FailedPrecondition

from pipeline.adapters.firestore_client import count_documents, retry_policy
from pipeline.adapters.firestore_statuses import path_of, where
from pipeline.adapters.google_errors import translate_errors
from pipeline.corrections import guesses
from pipeline.corrections.game_schema import GameSchema
from pipeline.errors import RedrawError
from pipeline.records.corrections import Answers, Asked, Backlog
from pipeline.records.ids import is_valid_id

MAX_CANDIDATES = 100
"""Documents with an old `timestamp` whose real age is read from the server."""


def count_backlog(pending: Any) -> Backlog:
    """Count what the query `pending` matches; see `CorrectionSource.backlog`."""
    with translate_errors("Firestore"):
        return Backlog(*count_documents(pending))


def count_guesses(client: Any, version: str) -> int | None:
    """Read how many drawings a version has guessed; see `CorrectionSource.count_guesses`."""
    if not is_valid_id(version):
        return None
    with translate_errors("Firestore"):
        snapshot = client.collection(guesses.COLLECTION).document(version).get(retry=retry_policy())
    return guesses.read_guesses(snapshot.to_dict())


def count_about_trial(pending: Any, schema: GameSchema, version: str | None) -> int:
    """Count the answers about a trial; see `CorrectionSource.count_about_trial`."""
    name, value = (
        ("asked", str(Asked.DISAGREEMENT)) if version is None else ("modelVersion", version)
    )
    with translate_errors("Firestore"):
        # Equalities alone need no composite index.
        return count_documents(where(pending, path_of(schema, name), value))[0]


def find_pending_since(pending: Any, schema: GameSchema, before: datetime) -> datetime | None:
    """Return since when the oldest correction has been pending; see `CorrectionSource`.

    Raises:
        RedrawError: when the composite index is missing.
    """
    # A client wrote `timestamp`, so it may be false; but a query can only search by a field. It
    # gives candidates, and the server's own time of the last write says how old each really is.
    # Documents with a forged old timestamp can fill the candidates and hide others, but only until
    # they are old enough to count themselves.
    timestamp = path_of(schema, "timestamp")
    candidates = where(pending, timestamp, before, "<=").order_by(timestamp)
    with _index_errors():
        # The last write, not the creation: a decision of the owner, `adopt` or `reopen` can make an
        # old document pending today. A run that finds no canvas writes too, and then waits itself.
        written = [
            snapshot.update_time
            for snapshot in candidates.select([path_of(schema, "status")])
            .limit(MAX_CANDIDATES)
            .stream(retry=retry_policy())
        ]
    return min((time for time in written if time <= before), default=None)


def count_answers(
    collection: Any,
    schema: GameSchema,
    version: str,
    start: datetime,
    end: datetime,
    *,
    categories: Sequence[str],
) -> Answers:
    """Count the answers to a version's guesses; see `CorrectionSource.answers`.

    Raises:
        RedrawError: when a composite index is missing.
    """
    timestamp, label, guess = (
        path_of(schema, name) for name in ("timestamp", "correctedLabel", "originalPrediction")
    )
    query = where(collection, path_of(schema, "modelVersion"), version)
    query = where(where(query, timestamp, start, ">="), timestamp, end, "<")
    with _index_errors():
        # A query cannot compare two fields of a document, so there is one query for each class, or
        # for each pair of its words.
        confirmations = sum(
            count_documents(where(where(query, label, said), guess, guessed))[0]
            for category in categories
            for said, guessed in product(schema.list_spellings(category), repeat=2)
        )
        return Answers(max(0, count_documents(query)[0] - confirmations), confirmations)


@contextmanager
def _index_errors() -> Iterator[None]:
    """Say what to deploy when a query inside the block needs an index that does not exist."""
    try:
        with translate_errors("Firestore"):
            yield
    except FailedPrecondition as error:
        raise RedrawError(
            f"Firestore lacks an index ({error}): deploy those that `redraw indexes` prints"
        ) from error
