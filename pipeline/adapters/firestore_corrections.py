"""The game's corrections over Firestore, by Google's own client."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from google.api_core import exceptions
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

    def adopt(self) -> int:
        # Nobody can ask Firestore for documents that lack a field, so all are read, though nothing of them but `status`.
        with told_plainly("Firestore"):
            orphans = (each for each in _in_order(self._collection.select(["status"])) if "status" not in each.to_dict())
            return sum(self._adopt(some) for some in iter(lambda: list(islice(orphans, PAGE)), []))

    def _adopt(self, orphans: Sequence[Any]) -> int:
        batch = self._client.batch()
        for found in orphans:
            unchanged = self._client.write_option(last_update_time=found.update_time)
            batch.update(found.reference, {"status": str(CorrectionState.PENDING)}, unchanged)
        try:
            batch.commit(retry=retry())
        except (exceptions.FailedPrecondition, exceptions.NotFound, exceptions.InvalidArgument):
            # One was written or deleted since it was read, or is as large as can be. The others alone; that one stays as it is.
            return 0 if len(orphans) == 1 else sum(self._adopt([found]) for found in orphans)
        return len(orphans)

    def pending(self, behind: str | None = None) -> Iterator[CorrectionDocument]:
        start = None if behind is None else self._collection.document(behind)
        with told_plainly("Firestore"):
            for found in _in_order(self._waiting(), start):
                yield CorrectionDocument(found.id, found.to_dict(), found.update_time)

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
            with told_plainly("Firestore"):
                return {found.id: OwnerDecision.from_document(found.to_dict()) for found in _in_order(self._decisions)}
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
                for found in self._client.get_all(references, ["status"], transaction)
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


def _in_order(query: Any, behind: Any = None) -> Iterator[Any]:
    """What a query finds, by id, never by a field: Firestore leaves out documents that lack the field. `behind`: a reference.

    Handed on as it comes: a page of hostile documents could fill the memory.
    """
    page = query.order_by("__name__").limit(PAGE)
    while True:
        number = 0
        start = page if behind is None else page.start_after({"__name__": behind})
        for number, found in enumerate(start.stream(retry=retry()), start=1):  # noqa: B007 - counted
            behind = found.reference
            yield found
        if number < PAGE:
            return
