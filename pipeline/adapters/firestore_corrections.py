"""The game's corrections over Firestore, by Google's own client."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from google.api_core.exceptions import FailedPrecondition
from google.cloud.firestore_v1.base_query import FieldFilter

from pipeline.adapters.faults import told_plainly
from pipeline.adapters.firestore_client import retry, transact
from pipeline.categories import CATEGORIES
from pipeline.errors import RedrawError
from pipeline.records import Answers, Backlog, CorrectionDocument, CorrectionState, Retraining

PAGE = 300  # documents a query answers with
SETTLED_AT_ONCE = 100  # documents a transaction moves on
OLD_AT_ONCE = 100  # documents that say they are old, of which the server is asked whether they are


class FirestoreCorrections:
    """A CorrectionSource over `corrections/{id}`."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._collection = client.collection("corrections")

    def pending(self) -> Iterator[CorrectionDocument]:
        # Ordered by id, never by a field: Firestore leaves out documents that lack the field.
        query = self._waiting().order_by("__name__").limit(PAGE)
        last = None
        while True:
            with told_plainly("Firestore"):
                page = list((query.start_after(last) if last is not None else query).stream(retry=retry()))
            for snapshot in page:
                yield CorrectionDocument(snapshot.id, snapshot.to_dict())
            if len(page) < PAGE:
                return
            last = page[-1]

    def count_pending(self) -> int:
        return self.backlog().pending

    def backlog(self) -> Backlog:
        with told_plainly("Firestore"):
            counted = self._waiting().count().get(retry=retry())[0][0]
        return Backlog(int(counted.value), counted.read_time)

    def pending_since(self, before: datetime) -> datetime | None:
        # The field finds candidates cheaply, but a client wrote it. Who forges old ones can hide others behind them for as long
        # as it takes them to become old in truth, and no longer.
        claimed = _field("timestamp", "<=", before)
        candidates = self._waiting().where(filter=claimed).order_by("timestamp").select(["status"]).limit(OLD_AT_ONCE)
        with _indexed():
            # The last write, not the first: an owner's decision, or adoption, makes an old document pending.
            since = [found.update_time for found in candidates.stream(retry=retry())]
        return min((each for each in since if each <= before), default=None)

    def answers(self, version: str, start: datetime, end: datetime) -> Answers:
        answers = self._collection.where(filter=_field("modelVersion", "==", version))
        answers = answers.where(filter=_field("timestamp", ">=", start)).where(filter=_field("timestamp", "<", end))

        def count(query: Any) -> int:
            return int(query.count().get(retry=retry())[0][0].value)

        with _indexed():  # two fields cannot be compared in a query: class by class
            confirmed = [
                count(
                    answers.where(filter=_field("correctedLabel", "==", name)).where(
                        filter=_field("originalPrediction", "==", name)
                    )
                )
                for name in CATEGORIES
            ]
            return Answers(max(0, count(answers) - sum(confirmed)), sum(confirmed))

    def settle(self, outcomes: Mapping[str, Retraining]) -> int:
        names = sorted(outcomes)
        pages = (names[at : at + SETTLED_AT_ONCE] for at in range(0, len(names), SETTLED_AT_ONCE))
        return sum(self._settle_page({name: outcomes[name] for name in page}) for page in pages)

    def _settle_page(self, outcomes: Mapping[str, Retraining]) -> int:
        references = [self._collection.document(name) for name in outcomes]

        def move(transaction: Any) -> int:
            waiting = [
                found
                for found in self._client.get_all(references, transaction=transaction)
                if (found.to_dict() or {}).get("status") == CorrectionState.PENDING
            ]
            for found in waiting:
                outcome = outcomes[found.id]
                transaction.update(found.reference, {"status": str(outcome.state), "retraining": outcome.document()})
            return len(waiting)

        return transact(self._client, move)

    def _waiting(self) -> Any:
        return self._collection.where(filter=_field("status", "==", str(CorrectionState.PENDING)))


def _field(name: str, operator: str, value: Any) -> Any:
    return FieldFilter(name, operator, value)


@contextmanager
def _indexed() -> Iterator[None]:
    """Around queries that need a composite index."""
    try:
        with told_plainly("Firestore"):
            yield
    except FailedPrecondition as fault:
        raise RedrawError(f"Firestore lacks an index ({fault}): deploy those of emulator/firestore.indexes.json") from fault
