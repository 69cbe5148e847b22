"""A run store in Firestore, with Google's client."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from pipeline.adapters.firestore_client import is_valid_id, retry_policy, run_transaction
from pipeline.adapters.google_errors import translate_errors
from pipeline.adapters.run_documents import Documents
from pipeline.adapters.slotted_runs import SlottedRuns
from pipeline.records.runs import Run, RunState
from pipeline.records.slot import Slot
from pipeline.runs.slot import parse_run, read_slot

MOST_UNFINISHED = 20
"""The slot admits one run, so more than one that is under way is a rare fault."""

T = TypeVar("T")


class FirestoreRuns(SlottedRuns):
    """A RunStore over `training_runs/{runId}` and `leases/retraining`."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._collection = client.collection("training_runs")

    def list(self, limit: int = 50) -> list[Run]:
        newest = self._collection.order_by(
            "requestedAt", direction=firestore.Query.DESCENDING
        ).limit(limit)
        with translate_errors("Firestore"):
            found = [
                parse_run(snapshot.id, snapshot.to_dict())
                for snapshot in newest.stream(retry=retry_policy())
            ]
        return [run for run in found if run is not None]

    def _transact(self, work: Callable[[Documents], T]) -> T:
        return run_transaction(
            self._client, lambda transaction: work(FirestoreDocuments(self._client, transaction))
        )

    def _look(self) -> Documents:
        return FirestoreDocuments(self._client, None)


class FirestoreDocuments:
    """The documents of runs and slot, in a transaction, or without one for reading."""

    def __init__(self, client: Any, transaction: Any) -> None:
        self._transaction = transaction
        self._collection = client.collection("training_runs")
        self._slot = client.collection("leases").document("retraining")

    def read_slot(self) -> Slot:
        with translate_errors("Firestore"):
            snapshot = self._slot.get(transaction=self._transaction)
        # The server's time, since the clocks of workers differ.
        return read_slot(snapshot.to_dict(), snapshot.read_time)

    def read_run(self, run_id: str) -> dict[str, Any] | None:
        if not is_valid_id(run_id):
            return None
        with translate_errors("Firestore"):
            snapshot = self._collection.document(run_id).get(transaction=self._transaction)
        fields: dict[str, Any] | None = snapshot.to_dict()
        return fields

    def read_unfinished(self) -> Iterator[tuple[str, dict[str, Any]]]:
        states = [str(state) for state in RunState if not state.ended]
        query = self._collection.where(filter=FieldFilter("state", "in", states))
        for snapshot in query.limit(MOST_UNFINISHED).stream(transaction=self._transaction):
            yield snapshot.id, snapshot.to_dict()

    def write_slot(self, slot: Slot) -> None:
        self._transaction.set(self._slot, slot.document())

    def create_run(self, run: Run) -> None:
        self._transaction.create(self._collection.document(run.id), run.document())

    def update_run(self, run_id: str, fields: dict[str, Any]) -> None:
        self._transaction.update(self._collection.document(run_id), fields)
