"""The game's corrections over Firestore, by Google's own client."""

from collections.abc import Iterator, Mapping
from typing import Any

from google.cloud.firestore_v1.base_query import FieldFilter

from pipeline.adapters.faults import told_plainly
from pipeline.adapters.firestore_client import retry, transact
from pipeline.records import CorrectionDocument, CorrectionState, Retraining

PAGE = 300  # documents a query answers with
SETTLED_AT_ONCE = 100  # documents a transaction moves on


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
        with told_plainly("Firestore"):
            return int(self._waiting().count().get(retry=retry())[0][0].value)

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
        return self._collection.where(filter=FieldFilter("status", "==", str(CorrectionState.PENDING)))
