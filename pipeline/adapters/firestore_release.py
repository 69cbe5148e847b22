"""The release in Firestore, inside the transactions that move it."""

from typing import Any, NamedTuple

from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from pipeline.adapters.firestore_client import retry_policy, set_fields
from pipeline.adapters.firestore_history import find_newest_fence
from pipeline.adapters.firestore_trials import find_highest_fence, find_open, write_trials
from pipeline.adapters.google_errors import translate_errors
from pipeline.adapters.release_moves import ReleaseMove, StoredRelease, plan_move
from pipeline.errors import UnreadableDocument
from pipeline.records.releases import Promotion
from pipeline.records.versions import ModelVersion, Release
from pipeline.trial.documents import COLLECTION as TRIALS
from pipeline.trial.documents import read_open
from pipeline.versions.documents import (
    DECIDING_FIELDS,
    MAX_FENCE,
    is_redraws_own,
    read_fence,
    read_release,
)
from pipeline.versions.history import COLLECTION as HISTORY


class PlannedMove(NamedTuple):
    """What a promotion writes; `move` is None if the version is released already.

    release: as it is then. active: the documents of versions that are active until now.
    """

    release: Release
    move: ReleaseMove | None
    active: list[Any]


class FirestoreRelease:
    """`releases/production`, and what changes with it: history, trials, `active` of the models."""

    def __init__(self, client: Any) -> None:
        self._models = client.collection("models")
        self._document = client.collection("releases").document("production")
        self._runs = client.collection("training_runs")
        self._trials = client.collection(TRIALS)
        self.history = client.collection(HISTORY)

    def read(self) -> Release | None:
        """Return the release; see `ModelRegistry.release`."""
        with translate_errors("Firestore"):
            snapshot = self._document.get(retry=retry_policy())
        return read_release(snapshot.to_dict()) if snapshot.exists else None

    def look(self, transaction: Any) -> tuple[dict[str, Any] | None, Any]:
        """Return the fields of its document, None if there is none, and the server's time."""
        snapshot = self._document.get(transaction=transaction)
        return (snapshot.to_dict() or {}) if snapshot.exists else None, snapshot.read_time

    def plan(
        self, model: ModelVersion, promotion: Promotion, run_id: str | None, transaction: Any
    ) -> PlannedMove:
        """Make all reads of a promotion."""
        stored = self._get_stored(transaction)
        opened = read_open(find_open(self._trials, transaction))
        flagged = self._models.where(filter=FieldFilter("active", "==", True))
        active = [
            snapshot.reference
            for snapshot in flagged.select(DECIDING_FIELDS).stream(transaction=transaction)
            if is_redraws_own(snapshot.id, snapshot.to_dict())
        ]
        move = plan_move(model, stored, opened, promotion, run_id)
        if move is None:
            assert stored.release is not None  # noqa: S101 - it names the version already
            return PlannedMove(stored.release, None, [])
        return PlannedMove(move.release, move, active)

    def write(self, planned: PlannedMove, transaction: Any) -> None:
        """Make the writes of a promotion, but for the version that is released."""
        move, name = planned.move, planned.release.version
        if move is None:
            return
        set_fields(transaction, self._document, move.release.document())
        write_trials(self._trials, transaction, move.trials)
        transaction.create(self.history.document(move.entry.id), move.entry.document())
        for reference in planned.active:
            if reference.id != name:
                transaction.update(reference, {"active": False})

    def _get_stored(self, transaction: Any) -> StoredRelease:
        fields, now = self.look(transaction)
        newest = read_fence(find_newest_fence(self.history, transaction))
        if fields is not None:
            try:
                return StoredRelease(read_release(fields), newest, now)
            except UnreadableDocument:
                pass  # the promotion repairs it
        fence = max(read_fence(fields or {}), newest, self._find_highest_fence(transaction))
        return StoredRelease(None, fence, now)

    def _find_highest_fence(self, transaction: Any) -> int:
        """Return the highest fence of a release that a run has seen, or that began a trial."""
        seen = (
            self._runs.where(filter=FieldFilter("releaseFence", ">=", 0))
            .where(filter=FieldFilter("releaseFence", "<=", MAX_FENCE))
            .order_by("releaseFence", direction=firestore.Query.DESCENDING)
            .limit(1)
        )
        snapshots = seen.select(["releaseFence"]).stream(transaction=transaction)
        begun = read_fence(find_highest_fence(self._trials, transaction))
        seen_by_runs = (read_fence(snapshot.to_dict(), "releaseFence") for snapshot in snapshots)
        return max([begun, *seen_by_runs])
