"""The game's corrections over Firestore, by Google's own client."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

from google.cloud.firestore_v1.base_query import FieldFilter

from pipeline.adapters.faults import told_plainly
from pipeline.adapters.firestore_client import may_be_id, retry, transact
from pipeline.decisions import may_be_overruled, overruled, rule
from pipeline.errors import NotFound
from pipeline.records import CorrectionDocument, CorrectionState, OwnerChoice, OwnerDecision, Retraining

PAGE = 300  # documents a query answers with
SETTLED_AT_ONCE = 100  # documents a transaction moves on


class FirestoreCorrections:
    """A CorrectionSource over `corrections/{id}`, and `decisions/{id}` beside it."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._collection = client.collection("corrections")
        self._decisions = client.collection("decisions")

    def pending(self) -> Iterator[CorrectionDocument]:
        for snapshot in _paged(self._waiting()):
            yield CorrectionDocument(snapshot.id, snapshot.to_dict())

    def count_pending(self) -> int:
        with told_plainly("Firestore"):
            return int(self._waiting().count().get(retry=retry())[0][0].value)

    def find(
        self, state: CorrectionState, *, reason: str | None = None, after: str | None = None, limit: int = 50
    ) -> list[CorrectionDocument]:
        query = self._collection.where(filter=FieldFilter("status", "==", str(state)))
        if reason is not None:
            query = query.where(filter=FieldFilter("retraining.reason", "==", reason))
        query = query.order_by("__name__").limit(limit)
        if after is not None:
            if not may_be_id(after):
                return []
            query = query.start_after({"__name__": self._collection.document(after)})
        with told_plainly("Firestore"):
            return [CorrectionDocument(found.id, found.to_dict()) for found in query.stream(retry=retry())]

    def get(self, correction_id: str) -> CorrectionDocument:
        return self._get(correction_id, None)[0]

    def decide(self, correction_id: str, choice: OwnerChoice, by: str) -> OwnerDecision:
        def record(transaction: Any) -> OwnerDecision:
            document, now = self._get(correction_id, transaction)
            known = self._standing([correction_id], transaction).get(correction_id)
            decision, changes = rule(document, known, choice, by, now)
            if decision != known:
                transaction.set(self._decisions.document(correction_id), decision.document())
            if changes:
                transaction.update(self._collection.document(correction_id), changes)
            return decision

        return transact(self._client, record)

    def decisions(self, ids: Collection[str] | None = None) -> dict[str, OwnerDecision]:
        if ids is None:
            return {found.id: OwnerDecision.from_document(found.to_dict()) for found in _paged(self._decisions)}
        with told_plainly("Firestore"):
            return self._standing(ids, None)

    def settle(self, outcomes: Mapping[str, Retraining]) -> int:
        names = sorted(outcomes)
        pages = (names[at : at + SETTLED_AT_ONCE] for at in range(0, len(names), SETTLED_AT_ONCE))
        return sum(self._settle_page({name: outcomes[name] for name in page}) for page in pages)

    def _settle_page(self, outcomes: Mapping[str, Retraining]) -> int:
        references = [self._collection.document(name) for name in outcomes]
        open_to_decision = [name for name, outcome in outcomes.items() if may_be_overruled(outcome)]

        def move(transaction: Any) -> int:
            decided = self._standing(open_to_decision, transaction)
            waiting = [
                found
                for found in self._client.get_all(references, transaction=transaction)
                if (found.to_dict() or {}).get("status") == CorrectionState.PENDING
                and not overruled(outcomes[found.id], decided.get(found.id))
            ]
            for found in waiting:
                outcome = outcomes[found.id]
                transaction.update(found.reference, {"status": str(outcome.state), "retraining": outcome.document()})
            return len(waiting)

        return transact(self._client, move)

    def _waiting(self) -> Any:
        return self._collection.where(filter=FieldFilter("status", "==", str(CorrectionState.PENDING)))

    def _get(self, correction_id: str, transaction: Any) -> tuple[CorrectionDocument, datetime]:
        """The correction, and the server's time."""
        found = None
        if may_be_id(correction_id):
            with told_plainly("Firestore"):
                found = self._collection.document(correction_id).get(transaction=transaction)
        if found is None or not found.exists:
            raise NotFound("there is no such correction: `redraw corrections` lists them")
        return CorrectionDocument(found.id, found.to_dict()), found.read_time

    def _standing(self, ids: Collection[str], transaction: Any) -> dict[str, OwnerDecision]:
        if not ids:
            return {}
        found = self._client.get_all([self._decisions.document(name) for name in ids], transaction=transaction)
        return {each.id: OwnerDecision.from_document(each.to_dict()) for each in found if each.exists}


def _paged(query: Any) -> Iterator[Any]:
    """Every document of a query. Ordered by id, never by a field: Firestore leaves out documents that lack the field."""
    page_of, last = query.order_by("__name__").limit(PAGE), None
    while True:
        with told_plainly("Firestore"):
            page = list((page_of.start_after(last) if last is not None else page_of).stream(retry=retry()))
        yield from page
        if len(page) < PAGE:
            return
        last = page[-1]
