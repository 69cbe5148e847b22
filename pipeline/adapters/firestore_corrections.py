"""The game's corrections in Firestore, with Google's client."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from google.api_core import exceptions
from google.cloud.firestore_v1.base_query import FieldFilter

from pipeline.adapters import firestore_backlog
from pipeline.adapters.firestore_client import (
    count_documents,
    is_valid_id,
    retry_policy,
    run_transaction,
)
from pipeline.adapters.google_errors import translate_errors
from pipeline.corrections.decisions import apply_choice, can_be_overruled, is_overruled
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

PAGE_SIZE = 300
"""Documents that one query returns."""
SETTLE_PAGE_SIZE = 100
"""Corrections that one transaction settles."""
GAME_FIELDS = frozenset(field.alias for field in Correction.model_fields.values())
MAX_FIELD_CHARACTERS = 2000
"""Longer fields are dropped from a document that is too full to be settled."""


class FirestoreCorrections:
    """A CorrectionSource over `corrections/{id}`; the owners' decisions are in `decisions/{id}`."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._collection = client.collection("corrections")
        self._decisions = client.collection("decisions")

    def adopt(self) -> int:
        # Firestore has no query for documents that lack a field. But ordering by a field leaves
        # them out, and counting is cheap: so all documents are read only when the two counts
        # differ, and even then only their `status`.
        with translate_errors("Firestore"):
            total = count_documents(self._collection)[0]
            if total <= count_documents(self._collection.order_by("status"))[0]:
                return 0
            orphans = (
                snapshot
                for snapshot in _stream_by_id(self._collection.select(["status"]))
                if "status" not in snapshot.to_dict()
            )
            pages = iter(lambda: list(islice(orphans, PAGE_SIZE)), [])
            return sum(self._adopt_page(page) for page in pages)

    def _adopt_page(self, orphans: Sequence[Any]) -> int:
        """Make these documents pending, except those that changed since; return how many."""
        batch = self._client.batch()
        for snapshot in orphans:
            unchanged = self._client.write_option(last_update_time=snapshot.update_time)
            batch.update(snapshot.reference, {"status": str(CorrectionState.PENDING)}, unchanged)
        try:
            batch.commit(retry=retry_policy())
        except (exceptions.FailedPrecondition, exceptions.NotFound, exceptions.InvalidArgument):
            # One of them was written or deleted since it was read, or has no room for a field.
            # A batch is all or nothing, so each is tried alone; that one stays as it is.
            if len(orphans) == 1:
                return 0
            return sum(self._adopt_page([snapshot]) for snapshot in orphans)
        return len(orphans)

    def pending(self, behind: str | None = None) -> Iterator[CorrectionDocument]:
        start = None if behind is None else self._collection.document(behind)
        with translate_errors("Firestore"):
            for snapshot in _stream_by_id(self._pending_query(), start):
                yield CorrectionDocument(snapshot.id, snapshot.to_dict(), snapshot.update_time)

    def count_pending(self) -> int:
        return self.backlog().pending

    def backlog(self) -> Backlog:
        return firestore_backlog.count_backlog(self._pending_query())

    def pending_since(self, before: datetime) -> datetime | None:
        return firestore_backlog.find_pending_since(self._pending_query(), before)

    def answers(
        self, version: str, start: datetime, end: datetime, categories: Sequence[str]
    ) -> Answers:
        return firestore_backlog.count_answers(self._collection, version, start, end, categories)

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
            if not is_valid_id(after):
                return []
            query = query.start_after({"__name__": self._collection.document(after)})
        with translate_errors("Firestore"):
            return [
                CorrectionDocument(snapshot.id, snapshot.to_dict())
                for snapshot in query.stream(retry=retry_policy())
            ]

    def get(self, correction_id: str) -> CorrectionDocument:
        return self._get(correction_id, None)[0]

    def decide(self, correction_id: str, choice: OwnerChoice, by: str) -> OwnerDecision:
        def record(transaction: Any) -> OwnerDecision:
            document, now = self._get(correction_id, transaction)
            known = self._get_decisions([correction_id], transaction).get(correction_id)
            decision, changes = apply_choice(document, known, choice, by, now)
            if decision != known:
                transaction.set(self._decisions.document(correction_id), decision.document())
            if changes:
                transaction.update(self._collection.document(correction_id), changes)
            return decision

        return run_transaction(self._client, record)

    def decisions(self, ids: Collection[str] | None = None) -> dict[str, OwnerDecision]:
        with translate_errors("Firestore"):
            if ids is not None:
                return self._get_decisions(ids, None)
            return {
                snapshot.id: OwnerDecision.from_document(snapshot.to_dict())
                for snapshot in _stream_by_id(self._decisions)
            }

    def settle(self, outcomes: Mapping[str, Retraining]) -> int:
        ids = sorted(outcomes)
        pages = (
            ids[start : start + SETTLE_PAGE_SIZE] for start in range(0, len(ids), SETTLE_PAGE_SIZE)
        )
        return sum(self._settle_page({name: outcomes[name] for name in page}) for page in pages)

    def _settle_page(self, outcomes: Mapping[str, Retraining]) -> int:
        """Settle these corrections in one transaction; return how many were moved on.

        Firestore limits a document to 1 MiB. A player can fill a document so that adding the
        outcome would exceed the limit; then Firestore refuses the whole transaction. Such a
        document must not block the others, so each is then settled alone, and in the full one the
        player's own long or unknown fields are dropped to make room.
        """
        try:
            return self._settle_together(outcomes, drop_long_fields=False)
        except exceptions.InvalidArgument:
            if len(outcomes) > 1:
                return sum(self._settle_page({name: outcome}) for name, outcome in outcomes.items())
            return self._settle_together(outcomes, drop_long_fields=True)

    def _settle_together(
        self, outcomes: Mapping[str, Retraining], *, drop_long_fields: bool
    ) -> int:
        references = [self._collection.document(name) for name in outcomes]
        overrulable = [name for name, outcome in outcomes.items() if can_be_overruled(outcome)]
        # Documents can be large, so only the status is read where the rest is not needed.
        fields = None if drop_long_fields else ["status"]

        def move(transaction: Any) -> int:
            decisions = self._get_decisions(overrulable, transaction)
            snapshots = list(self._client.get_all(references, fields, transaction))
            pending = [
                snapshot
                for snapshot in snapshots
                if (snapshot.to_dict() or {}).get("status") == CorrectionState.PENDING
                and not is_overruled(outcomes[snapshot.id], decisions.get(snapshot.id))
            ]
            for snapshot in pending:
                changes = {
                    "status": str(outcomes[snapshot.id].state),
                    "retraining": outcomes[snapshot.id].document(),
                }
                if drop_long_fields:
                    shortened = _keep_short_game_fields(snapshot.to_dict())
                    transaction.set(snapshot.reference, shortened | changes)
                else:
                    transaction.update(snapshot.reference, changes)
            return len(pending)

        return run_transaction(self._client, move)

    def _pending_query(self) -> Any:
        return self._collection.where(
            filter=FieldFilter("status", "==", str(CorrectionState.PENDING))
        )

    def _get(self, correction_id: str, transaction: Any) -> tuple[CorrectionDocument, datetime]:
        """Return the correction and the server's time. Raises NotFound."""
        snapshot = None
        if is_valid_id(correction_id):
            with translate_errors("Firestore"):
                snapshot = self._collection.document(correction_id).get(transaction=transaction)
        if snapshot is None or not snapshot.exists:
            raise NotFound("there is no such correction: `redraw corrections` lists them")
        return CorrectionDocument(snapshot.id, snapshot.to_dict()), snapshot.read_time

    def _get_decisions(self, ids: Collection[str], transaction: Any) -> dict[str, OwnerDecision]:
        """Return the owners' decisions on these corrections, by id, where there is one."""
        if not ids:
            return {}
        snapshots = self._client.get_all(
            [self._decisions.document(name) for name in ids], transaction=transaction
        )
        return {
            snapshot.id: OwnerDecision.from_document(snapshot.to_dict())
            for snapshot in snapshots
            if snapshot.exists
        }


def _stream_by_id(query: Any, behind: Any = None) -> Iterator[Any]:
    """Yield the documents that a query matches in order of id, reading page by page.

    The order is by id and not by a field, because Firestore leaves out documents that lack the
    field. Each document is handed on as it arrives: a page of them could fill the memory, as
    players may write large documents.

    Args:
        query: a collection or a query without an order.
        behind: the reference of the document after which to start; None: start with the first.

    Yields:
        Snapshots of documents.
    """
    page = query.order_by("__name__").limit(PAGE_SIZE)
    while True:
        count = 0
        rest = page if behind is None else page.start_after({"__name__": behind})
        for snapshot in rest.stream(retry=retry_policy()):
            count += 1
            behind = snapshot.reference
            yield snapshot
        if count < PAGE_SIZE:
            return


def _keep_short_game_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that the game's own clients write, without overlong ones."""
    return {
        name: value
        for name, value in fields.items()
        if name in GAME_FIELDS and len(repr(value)) <= MAX_FIELD_CHARACTERS
    }
