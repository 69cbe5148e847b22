"""A run store in Firestore, with Google's client."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, TypeVar

from google.cloud.firestore_v1.base_query import FieldFilter

from pipeline.adapters.firestore_by_time import LAST_TIME, ListedByTime
from pipeline.adapters.firestore_client import (
    count_documents,
    retry_policy,
    run_transaction,
    set_fields,
)
from pipeline.adapters.google_errors import translate_errors
from pipeline.adapters.run_documents import Documents
from pipeline.adapters.slotted_runs import SlottedRuns
from pipeline.records.forgetting import ForgetRequest
from pipeline.records.ids import is_valid_id
from pipeline.records.reading import MAX_NAMED, Page, read_page
from pipeline.records.runs import Run, RunKind, RunState, Trigger
from pipeline.records.slot import Slot
from pipeline.runs.documents import read_run
from pipeline.runs.slot import read_slot
from pipeline.runs.unchanged import JUDGED

MOST_UNFINISHED = 20
"""The slot admits one run, so more than one that is under way is a rare fault."""
MOST_JUDGED = 20
"""Documents with one training digest that are looked at: the first is almost always a run."""

T = TypeVar("T")


class FirestoreRuns(SlottedRuns):
    """A RunStore over `training_runs/{runId}` and `leases/retraining`."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._collection = client.collection("training_runs")
        self._newest = ListedByTime(client, self._collection, "requestedAt", Run, read_run)

    def list(self, limit: int = 50) -> list[Run]:
        return self._newest.read_page(None, limit).records

    def page(
        self,
        after: str | None = None,
        limit: int = 50,
        *,
        state: RunState | None = None,
        kind: RunKind | None = None,
        trigger: Trigger | None = None,
    ) -> Page[Run]:
        wanted = {"state": state, "kind": kind, "trigger": trigger}
        page = self._newest.read_page(after, limit, wanted)
        timeless = [] if after is not None else self._newest.find_timeless()
        return page._replace(unreadable=[*page.unreadable, *timeless][:MAX_NAMED])

    def count_states(self) -> dict[RunState, int]:
        with translate_errors("Firestore"):
            return {
                state: count_documents(
                    self._collection.where(filter=FieldFilter("state", "==", str(state)))
                )[0]
                for state in RunState
            }

    def written_since(self, time: datetime, limit: int = 50) -> Page[Run]:
        # The upper bound leaves out texts and maps, which Firestore sorts above times.
        written = (
            self._collection.where(filter=FieldFilter("updatedAt", ">=", time))
            .where(filter=FieldFilter("updatedAt", "<=", LAST_TIME))
            .order_by("updatedAt")
        )
        with translate_errors("Firestore"):
            found = written.limit(limit).stream(retry=retry_policy())
            return read_page(((each.id, each.to_dict()) for each in found), read_run)

    def find_judged(self, training_digest: str) -> Run | None:
        # Equalities alone, so that no composite index is needed.
        same = self._collection.where(
            filter=FieldFilter("trainingDigest", "==", training_digest)
        ).where(filter=FieldFilter("state", "in", [str(state) for state in JUDGED]))
        with translate_errors("Firestore"):
            found = same.limit(MOST_JUDGED).stream(retry=retry_policy())
            page = read_page(((each.id, each.to_dict()) for each in found), read_run)
        return page.records[0] if page.records else None

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
        self._requests = client.collection("forget_requests")

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
        set_fields(self._transaction, self._slot, slot.document())

    def create_run(self, run: Run) -> None:
        self._transaction.create(self._collection.document(run.id), run.document())

    def update_run(self, run_id: str, fields: dict[str, Any]) -> None:
        self._transaction.update(self._collection.document(run_id), fields)

    def read_request(self, run_id: str) -> dict[str, Any] | None:
        if not is_valid_id(run_id):
            return None
        with translate_errors("Firestore"):
            snapshot = self._requests.document(run_id).get(transaction=self._transaction)
        fields: dict[str, Any] | None = snapshot.to_dict()
        return fields

    def create_request(self, request: ForgetRequest) -> None:
        self._transaction.create(self._requests.document(request.run_id), request.document())

    def delete_request(self, run_id: str) -> None:
        if is_valid_id(run_id):
            self._transaction.delete(self._requests.document(run_id))
