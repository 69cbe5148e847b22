"""The owners' decisions on corrections in Firestore: the collection `decisions`."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from google.api_core import exceptions

from pipeline.adapters import firestore_statuses
from pipeline.adapters.firestore_by_time import ListedByTime
from pipeline.adapters.firestore_client import count_documents, retry_policy, run_transaction
from pipeline.adapters.firestore_statuses import path_of, stream_by_id, where
from pipeline.adapters.google_errors import translate_errors
from pipeline.corrections.decided import Decided, find_decided, read_decision, read_decisions
from pipeline.corrections.decisions import apply_choice, read_state
from pipeline.corrections.game_schema import GameSchema
from pipeline.corrections.undoing import apply_undo, check_seen
from pipeline.errors import NotFound, NotQuarantined
from pipeline.records.corrections import (
    CorrectionDocument,
    CorrectionState,
    OwnerChoice,
    OwnerDecision,
    Undone,
)
from pipeline.records.ids import is_valid_id
from pipeline.records.reading import MAX_NAMED, Page, Unreadable

TOGETHER = 100
"""Corrections that one transaction decides on; each takes two writes."""
NO_CORRECTION = "there is no such correction: `redraw corrections` lists them"


def read_correction(snapshot: Any, schema: GameSchema) -> CorrectionDocument:
    """Return the correction in a snapshot of Google's client."""
    return CorrectionDocument(
        snapshot.id,
        schema.read(snapshot.id, snapshot.to_dict()),
        snapshot.create_time,
        snapshot.read_time,
    )


class FirestoreDecisions:
    """Decide on corrections, take decisions back, and list them; see `CorrectionSource`."""

    def __init__(self, client: Any, schema: GameSchema) -> None:
        self.collection = client.collection("decisions")
        self._client = client
        self._schema = schema
        self._corrections = client.collection(schema.collection)
        self._fields = [path_of(schema, "status"), "retraining"]
        self._by_time = ListedByTime(
            client,
            self.collection,
            "at",
            OwnerDecision,
            partial(read_decision, categories=schema.categories),
        )

    def decide(self, correction_id: str, choice: OwnerChoice, by: str) -> OwnerDecision:
        def record(transaction: Any) -> OwnerDecision:
            document = self.get_correction(correction_id, transaction, self._fields)
            known = self.get_in([correction_id], transaction).require_known()
            return self._record(transaction, document, known.get(correction_id), choice, by)

        return run_transaction(self._client, record)

    def decide_waiting(
        self, ids: Collection[str], choice: OwnerChoice, by: str, batch: str | None
    ) -> list[OwnerDecision]:
        def record(names: Sequence[str], transaction: Any) -> list[OwnerDecision]:
            waiting = [
                document
                for document in self._get_corrections(names, transaction).values()
                if read_state(document.fields) is CorrectionState.QUARANTINED
            ]
            # A quarantined correction has no decision that counts: see `can_be_overruled`.
            return [
                self._record(transaction, document, None, choice, by, batch=batch)
                for document in waiting
            ]

        return [decision for page in _cut(ids) for decision in self._decide_page(record, page)]

    def undecide(self, ids: Collection[str], at: datetime | None, batch: str | None) -> Undone:
        no_ids = (name for name in ids if not is_valid_id(name))
        undone = Undone([], {name: NotQuarantined(None, NO_CORRECTION) for name in no_ids})
        for page in _cut(ids):
            decisions, kept = run_transaction(self._client, partial(self._undo, page, at, batch))
            undone.decisions.extend(decisions)
            undone.kept.update(kept)
        return undone

    def get(self, ids: Collection[str], *, strict: bool = False) -> dict[str, OwnerDecision]:
        names = [name for name in ids if is_valid_id(name)]
        found: dict[str, OwnerDecision] = {}
        size = firestore_statuses.PAGE_SIZE
        with translate_errors("Firestore"):
            for start in range(0, len(names), size):
                decided = self.get_in(names[start : start + size], None)
                found |= decided.require_known() if strict else decided.known
        return found

    def get_in(self, ids: Collection[str], transaction: Any) -> Decided:
        """Return the owners' decisions on these corrections, where there is one."""
        if not ids:
            return Decided({}, {})
        snapshots = self._client.get_all(
            [self.collection.document(name) for name in ids], transaction=transaction
        )
        found = ((snapshot.id, snapshot.to_dict()) for snapshot in snapshots if snapshot.exists)
        return find_decided(found, self._schema.categories)

    def get_correction(
        self, correction_id: str, transaction: Any = None, fields: Sequence[str] | None = None
    ) -> CorrectionDocument:
        """Return a correction, with all fields or these.

        Raises:
            NotFound: there is none with this id.
        """
        snapshot = None
        if is_valid_id(correction_id):
            with translate_errors("Firestore"):
                snapshot = self._corrections.document(correction_id).get(
                    fields, transaction=transaction
                )
        if snapshot is None or not snapshot.exists:
            raise NotFound(NO_CORRECTION)
        return read_correction(snapshot, self._schema)

    def read_page(self, after: str | None, limit: int, by: str | None) -> Page[OwnerDecision]:
        page = self._by_time.read_page(after, limit, {"by": by})
        timeless = [] if after is not None else self._by_time.find_timeless()
        return page._replace(unreadable=[*page.unreadable, *timeless][:MAX_NAMED])

    def find_batch(self, batch: str, after: str | None, limit: int) -> list[str]:
        query = where(self.collection, "batch", batch).select(["batch"]).order_by("__name__")
        if after is not None:
            query = query.start_after({"__name__": self.collection.document(after)})
        with translate_errors("Firestore"):
            return [snapshot.id for snapshot in query.limit(limit).stream(retry=retry_policy())]

    def count_batch(self, batch: str) -> int:
        with translate_errors("Firestore"):
            return count_documents(where(self.collection, "batch", batch))[0]

    def list_unreadable(self) -> list[Unreadable]:
        with translate_errors("Firestore"):
            decisions = (
                (snapshot.id, snapshot.to_dict()) for snapshot in stream_by_id(self.collection)
            )
            return read_decisions(decisions, self._schema.categories).unreadable[:MAX_NAMED]

    def _get_corrections(
        self, ids: Collection[str], transaction: Any
    ) -> dict[str, CorrectionDocument]:
        references = [self._corrections.document(name) for name in ids]
        snapshots = self._client.get_all(references, self._fields, transaction)
        return {
            snapshot.id: read_correction(snapshot, self._schema)
            for snapshot in snapshots
            if snapshot.exists
        }

    def _record(
        self,
        transaction: Any,
        document: CorrectionDocument,
        known: OwnerDecision | None,
        choice: OwnerChoice,
        by: str,
        *,
        batch: str | None = None,
    ) -> OwnerDecision:
        """Write what follows from a choice in a transaction; return the decision in force."""
        now = _server_time(document)
        decision, changes = apply_choice(document, known, choice, by, now, batch=batch)
        if decision != known:
            transaction.set(self.collection.document(document.id), decision.document())
        if changes:
            self._update(transaction, document.id, changes)
        return decision

    def _decide_page(
        self, record: Callable[[Sequence[str], Any], list[OwnerDecision]], names: Sequence[str]
    ) -> list[OwnerDecision]:
        """Decide on these in one transaction; leave out a document that has no room for it."""
        try:
            return run_transaction(self._client, partial(record, names))
        except exceptions.InvalidArgument:
            if len(names) == 1:
                return []
            return [each for name in names for each in self._decide_page(record, [name])]

    def _undo(
        self, names: Sequence[str], at: datetime | None, batch: str | None, transaction: Any
    ) -> Undone:
        decisions = self.get_in(names, transaction).require_known()
        documents = self._get_corrections(names, transaction)
        undone = Undone([], {})
        for name in names:
            if name not in documents:
                undone.kept[name] = NotQuarantined(None, NO_CORRECTION)
                continue
            document, decision = documents[name], decisions.get(name)
            try:
                check_seen(document, decision, at, batch)
                changes = apply_undo(document, decision, _server_time(document))
            except NotQuarantined as error:
                undone.kept[name] = error
                continue
            if changes:
                self._update(transaction, name, changes)
            if decision is not None:
                transaction.delete(self.collection.document(name))
                undone.decisions.append(decision)
        return undone

    def _update(self, transaction: Any, name: str, changes: dict[str, Any]) -> None:
        transaction.update(self._corrections.document(name), self._schema.spell(changes))


def _cut(ids: Collection[str]) -> list[list[str]]:
    """Return the ids in parts for one transaction each; what can be no id is left out."""
    names = [name for name in ids if is_valid_id(name)]
    return [names[start : start + TOGETHER] for start in range(0, len(names), TOGETHER)]


def _server_time(document: CorrectionDocument) -> datetime:
    assert document.read_at is not None  # noqa: S101 - Firestore says when it read a document
    return document.read_at
