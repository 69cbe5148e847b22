"""A run store in Firestore, with Google's client.

The run and the slot change together in one transaction, so that no failure in between can leave a
run without a slot, or a slot with a run that has ended.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from pipeline.adapters.firestore_client import is_valid_id, retry_policy, run_transaction
from pipeline.adapters.firestore_slot import LONG_AGO, Slot
from pipeline.adapters.google_errors import translate_errors
from pipeline.errors import LeaseHeld, NotFound, RunFinished, RunInProgress
from pipeline.records.runs import Lease, Run
from pipeline.runs.cancelling import cancel_run
from pipeline.runs.unchanged import JUDGED


class FirestoreRuns:
    """A RunStore over `training_runs/{runId}` and the slot."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._collection = client.collection("training_runs")
        self._slot = Slot(client)

    def request(self, run: Run) -> Run:
        reference = self._collection.document(run.id)

        def occupy_slot(transaction: Any) -> Run:
            snapshot = reference.get(transaction=transaction)
            slot, _ = self._slot.read(transaction)
            if snapshot.exists:
                return Run.from_document(snapshot.to_dict())
            if slot["runId"] is not None:
                raise RunInProgress(slot["runId"])
            transaction.create(reference, run.document())
            # The fence stays: it must rise from run to run, so that no old lease fits a new run.
            transaction.set(
                self._slot.reference,
                {**slot, "runId": run.id, "holder": None, "expiresAt": LONG_AGO},
            )
            return run

        return run_transaction(self._client, occupy_slot)

    def get(self, run_id: str) -> Run:
        return self._get(run_id, None)

    def list(self, limit: int = 50) -> list[Run]:
        newest = self._collection.order_by(
            "requestedAt", direction=firestore.Query.DESCENDING
        ).limit(limit)
        with translate_errors("Firestore"):
            return [
                Run.from_document(snapshot.to_dict())
                for snapshot in newest.stream(retry=retry_policy())
            ]

    def find_judged(self, training_digest: str) -> Run | None:
        # Equalities alone, so that no composite index is needed.
        same = self._collection.where(
            filter=FieldFilter("trainingDigest", "==", training_digest)
        ).where(filter=FieldFilter("state", "in", [str(state) for state in JUDGED]))
        with translate_errors("Firestore"):
            for snapshot in same.limit(1).stream(retry=retry_policy()):
                return Run.from_document(snapshot.to_dict())
        return None

    def abandoned(self) -> Run | None:
        with translate_errors("Firestore"):
            slot, now = self._slot.read()
            if slot["runId"] is None or (slot["holder"] is not None and slot["expiresAt"] > now):
                return None
        return self.get(slot["runId"])

    def cancel(self, run_id: str, by: str) -> Run:
        def write(transaction: Any) -> Run:
            run = self._get(run_id, transaction)
            slot, now = self._slot.read(transaction)
            executed = slot["holder"] is not None and slot["expiresAt"] > now
            changes = cancel_run(run, by, now, executed=executed)
            if not changes:
                return run
            run = run.model_copy(update={**changes, "updated_at": now})
            fields = run.model_dump(by_alias=True, include={*changes, "updated_at"})
            transaction.update(self._collection.document(run_id), fields)
            if run.state.ended and slot["runId"] == run_id:
                transaction.set(self._slot.reference, {**slot, "runId": None, "holder": None})
            return run

        return run_transaction(self._client, write)

    def claim(self, run_id: str, holder: str, seconds: float) -> Lease:
        def take_lease(transaction: Any) -> Lease:
            run = self._get(run_id, transaction)
            slot, now = self._slot.read(transaction)
            if run.state.ended or slot["runId"] != run_id:
                raise RunFinished(f"run {run_id} has ended: {run.state}")
            # The same holder may repeat its claim: the answer to the first may have been lost.
            if slot["holder"] not in (None, holder) and slot["expiresAt"] > now:
                raise LeaseHeld(f"run {run_id} is being executed by {slot['holder']}")
            lease = Lease(run_id, slot["fence"] + 1)
            fields = {
                **slot,
                "holder": holder,
                "fence": lease.fence,
                "expiresAt": now + timedelta(seconds=seconds),
            }
            transaction.set(self._slot.reference, fields)
            transaction.update(self._collection.document(run_id), {"attempts": run.attempts + 1})
            return lease

        return run_transaction(self._client, take_lease)

    def renew(self, lease: Lease, seconds: float) -> None:
        def extend(transaction: Any) -> None:
            _, now = self._slot.check_lease(lease, transaction)
            transaction.update(
                self._slot.reference, {"expiresAt": now + timedelta(seconds=seconds)}
            )

        run_transaction(self._client, extend)

    def record(self, lease: Lease, changes: Mapping[str, Any]) -> Run:
        def write(transaction: Any) -> Run:
            slot, now = self._slot.check_lease(lease, transaction)
            run = self._get(lease.run_id, transaction).model_copy(
                update={**changes, "updated_at": now}
            )
            fields = run.model_dump(by_alias=True, include={*changes, "updated_at"})
            transaction.update(self._collection.document(run.id), fields)
            if run.state.ended:
                transaction.set(self._slot.reference, {**slot, "runId": None, "holder": None})
            return run

        return run_transaction(self._client, write)

    def _get(self, run_id: str, transaction: Any) -> Run:
        snapshot = None
        if is_valid_id(run_id):
            with translate_errors("Firestore"):
                snapshot = self._collection.document(run_id).get(transaction=transaction)
        if snapshot is None or not snapshot.exists:
            raise NotFound(f"there is no run {run_id}: `redraw runs` lists them")
        return Run.from_document(snapshot.to_dict())
