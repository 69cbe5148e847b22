"""The game's corrections over Firestore, by Google's own client."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from google.api_core import exceptions
from google.cloud.firestore_v1.base_query import FieldFilter

from pipeline.adapters import firestore_backlog
from pipeline.adapters.faults import translate_errors
from pipeline.adapters.firestore_client import counted, may_be_id, retry, transact
from pipeline.corrections.decisions import apply_choice, may_be_overruled, overruled
from pipeline.errors import NotFound
from pipeline.records.corrections import (
    Answers,
    Backlog,
    Correction,
    CorrectionDocument,
    CorrectionState,
    OwnerChoice,
    OwnerDecision,
    Retraining,
)

PAGE = 300  # documents a query answers with
SETTLED_AT_ONCE = 100  # documents a transaction moves on
GAME_FIELDS = frozenset(field.alias for field in Correction.model_fields.values())
LONGEST_FIELD = 2000  # characters that are kept of a document in which there is no room


class FirestoreCorrections:
    """A CorrectionSource over `corrections/{id}`, and `decisions/{id}` beside it."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._collection = client.collection("corrections")
        self._decisions = client.collection("decisions")

    def adopt(self) -> int:
        # Nobody can ask Firestore for documents that lack a field. But an order leaves them out, and counting is cheap: only if
        # that finds some all are read, though nothing of them but `status`.
        with translate_errors("Firestore"):
            if counted(self._collection)[0] <= counted(self._collection.order_by("status"))[0]:
                return 0
            orphans = (
                each
                for each in _in_order(self._collection.select(["status"]))
                if "status" not in each.to_dict()
            )
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
        with translate_errors("Firestore"):
            for found in _in_order(self._waiting(), start):
                yield CorrectionDocument(found.id, found.to_dict(), found.update_time)

    def count_pending(self) -> int:
        return self.backlog().pending

    def backlog(self) -> Backlog:
        return firestore_backlog.backlog(self._waiting())

    def pending_since(self, before: datetime) -> datetime | None:
        return firestore_backlog.pending_since(self._waiting(), before)

    def answers(self, version: str, start: datetime, end: datetime) -> Answers:
        return firestore_backlog.answers(self._collection, version, start, end)

    def find(
        self,
        state: CorrectionState,
        *,
        reason: str | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> list[CorrectionDocument]:
        query = self._collection.where(filter=FieldFilter("status", "==", str(state)))
        if reason is not None:
            query = query.where(filter=FieldFilter("retraining.reason", "==", reason))
        query = query.order_by("__name__").limit(limit)
        if after is not None:
            if not may_be_id(after):
                return []
            query = query.start_after({"__name__": self._collection.document(after)})
        with translate_errors("Firestore"):
            return [
                CorrectionDocument(found.id, found.to_dict())
                for found in query.stream(retry=retry())
            ]

    def get(self, correction_id: str) -> CorrectionDocument:
        return self._get(correction_id, None)[0]

    def decide(self, correction_id: str, choice: OwnerChoice, by: str) -> OwnerDecision:
        def record(transaction: Any) -> OwnerDecision:
            document, now = self._get(correction_id, transaction)
            known = self._standing([correction_id], transaction).get(correction_id)
            decision, changes = apply_choice(document, known, choice, by, now)
            if decision != known:
                transaction.set(self._decisions.document(correction_id), decision.document())
            if changes:
                transaction.update(self._collection.document(correction_id), changes)
            return decision

        return transact(self._client, record)

    def decisions(self, ids: Collection[str] | None = None) -> dict[str, OwnerDecision]:
        if ids is None:
            with translate_errors("Firestore"):
                return {
                    found.id: OwnerDecision.from_document(found.to_dict())
                    for found in _in_order(self._decisions)
                }
        with translate_errors("Firestore"):
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
            # Of each no more than its status, as documents can be large; of one that is too large, all.
            found = list(
                self._client.get_all(references, None if lighter else ["status"], transaction)
            )
            waiting = [
                each
                for each in found
                if (each.to_dict() or {}).get("status") == CorrectionState.PENDING
                and not overruled(outcomes[each.id], decided.get(each.id))
            ]
            for each in waiting:
                changes = {
                    "status": str(outcomes[each.id].state),
                    "retraining": outcomes[each.id].document(),
                }
                if lighter:
                    transaction.set(each.reference, _without_ballast(each.to_dict()) | changes)
                else:
                    transaction.update(each.reference, changes)
            return len(waiting)

        lighter = False
        try:
            return transact(self._client, move)
        except exceptions.InvalidArgument:
            # A player filled a document to the brim, so that nothing can be added. It must not hold up all others.
            if len(outcomes) > 1:
                return sum(self._settle_page({name: outcome}) for name, outcome in outcomes.items())
            lighter = True
            return transact(self._client, move)

    def _waiting(self) -> Any:
        return self._collection.where(
            filter=FieldFilter("status", "==", str(CorrectionState.PENDING))
        )

    def _get(self, correction_id: str, transaction: Any) -> tuple[CorrectionDocument, datetime]:
        """The correction, and the server's time."""
        found = None
        if may_be_id(correction_id):
            with translate_errors("Firestore"):
                found = self._collection.document(correction_id).get(transaction=transaction)
        if found is None or not found.exists:
            raise NotFound("there is no such correction: `redraw corrections` lists them")
        return CorrectionDocument(found.id, found.to_dict()), found.read_time

    def _standing(self, ids: Collection[str], transaction: Any) -> dict[str, OwnerDecision]:
        if not ids:
            return {}
        found = self._client.get_all(
            [self._decisions.document(name) for name in ids], transaction=transaction
        )
        return {
            each.id: OwnerDecision.from_document(each.to_dict()) for each in found if each.exists
        }


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


def _without_ballast(fields: Mapping[str, Any]) -> dict[str, Any]:
    """What the game writes into a correction, where it is short."""
    return {
        name: value
        for name, value in fields.items()
        if name in GAME_FIELDS and len(repr(value)) <= LONGEST_FIELD
    }
