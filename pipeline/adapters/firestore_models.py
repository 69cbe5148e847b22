"""A model registry in Firestore, with Google's client.

Each method that reads and then writes does both in one transaction. `models` may hold documents of
other writers: see `pipeline.versions.documents`.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from google.api_core.exceptions import AlreadyExists
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from pipeline.adapters import firestore_numbers
from pipeline.adapters.firestore_client import retry_policy, run_transaction
from pipeline.adapters.firestore_runs import FirestoreDocuments
from pipeline.adapters.firestore_trials import find_highest_fence, find_open, write_trials
from pipeline.adapters.google_errors import translate_errors
from pipeline.adapters.run_documents import check_run
from pipeline.errors import NotFound, RedrawError, Unavailable, UnreadableDocument
from pipeline.records.reading import Page
from pipeline.records.runs import Lease
from pipeline.records.trials import TrialPlan
from pipeline.records.versions import (
    ModelMetrics,
    ModelVersion,
    Release,
    VersionFile,
    VersionNumber,
    VersionStatus,
)
from pipeline.storage_paths import version_folder
from pipeline.trial.documents import COLLECTION, read_open
from pipeline.trial.transitions import follow_promotion
from pipeline.versions.documents import (
    DECIDING_FIELDS,
    MAX_FENCE,
    is_redraws_own,
    parse_numbers,
    read_fence,
    read_release,
    read_version,
    read_versions,
)
from pipeline.versions.listing import name_odd_ids, pick_page
from pipeline.versions.release import next_release, require_trial

RESERVE_ATTEMPTS = 5
READ_DOCUMENTS = 25
"""Documents of versions in memory at once; each may have up to 1 MiB."""
MOST_LOOKED_AT = 20
"""Documents that say they are ready, among which one of Redraw's own is looked for."""
KEPT = (VersionStatus.PUBLISHING, VersionStatus.READY)
"""The states in which a version stays that of its run."""


class _StoredRelease(NamedTuple):
    """The release; None if there is none or it cannot be read. Then `fence` is the highest known.

    now: the server's time.
    """

    release: Release | None
    fence: int
    now: datetime


class FirestoreModels:
    """A ModelRegistry over `models/{version}` and `releases/production`."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._collection = client.collection("models")
        self._release = client.collection("releases").document("production")
        self._runs = client.collection("training_runs")
        self._trials = client.collection(COLLECTION)

    def reserve(
        self,
        run_id: str,
        number: Callable[[Sequence[VersionNumber]], VersionNumber],
        draft: ModelVersion,
    ) -> ModelVersion:
        # The highest number is read and the new version is created in one transaction. `create`
        # refuses a number that another process took after the read; the next attempt reads again
        # and chooses the number after that.
        def create_next(transaction: Any) -> ModelVersion:
            query = self._collection.where(filter=FieldFilter("runId", "==", run_id))
            found = query.limit(MOST_LOOKED_AT).select([]).stream(transaction=transaction)
            own = [snapshot.id for snapshot in found]
            for model in self._read(own, transaction).records:
                if model.run_id == run_id and model.status in KEPT:
                    return model
            released = self._release.get(transaction=transaction).to_dict() or {}
            highest = firestore_numbers.find_highest(self._collection, transaction)
            known = [*highest, *unsorted, *parse_numbers([released.get("version")])]
            version = str(number(sorted(known)[-1:]))
            changes = {
                "version": version,
                "storage_path": version_folder(version),
                "run_id": run_id,
                "baseline": draft.baseline or version,
            }
            model = draft.model_copy(update={**changes, "status": VersionStatus.PUBLISHING})
            fields = model.document() | firestore_numbers.sort_field(version)
            transaction.create(self._collection.document(version), fields)
            return model

        for _ in range(RESERVE_ATTEMPTS):
            with translate_errors("Firestore"):
                unsorted = firestore_numbers.list_unsorted(self._collection)
            try:
                return run_transaction(self._client, create_next)
            except AlreadyExists:
                continue  # another process took the number in between
        raise Unavailable(
            "no version number could be reserved, as other processes took each one first: "
            "it is tried again"
        )

    def get(self, version: str) -> ModelVersion:
        return self._get(version, None)

    def list(self) -> list[ModelVersion]:
        with translate_errors("Firestore"):
            numbers = sorted(parse_numbers(self._stream_ids(None)), reverse=True)
            return self._read(map(str, numbers), None).records

    def page(self, after: str | None = None, limit: int = 50) -> Page[ModelVersion]:
        with translate_errors("Firestore"):
            ids = self._stream_ids(None)
            names, next_after = pick_page(ids, after, limit)
            read = self._read(names, None)
        odd = [] if after is not None else name_odd_ids(ids)
        return Page(read.records, [*read.unreadable, *odd], next_after)

    def has_ready(self) -> bool:
        ready = self._collection.where(filter=FieldFilter("status", "==", "ready"))
        with translate_errors("Firestore"):
            found = ready.select(DECIDING_FIELDS).limit(MOST_LOOKED_AT).stream(retry=retry_policy())
            return any(is_redraws_own(each.id, each.to_dict()) for each in found)

    def mark_ready(
        self, version: str, files: Sequence[VersionFile], metrics: ModelMetrics
    ) -> ModelVersion:
        return self._finish(
            version, {"status": VersionStatus.READY, "files": list(files), "metrics": metrics}
        )

    def withdraw(self, version: str) -> ModelVersion:
        return self._finish(version, {"status": VersionStatus.WITHDRAWN})

    def _finish(self, version: str, changes: dict[str, Any]) -> ModelVersion:
        """Change a version that is being published; return it as it stands."""

        def commit(transaction: Any) -> ModelVersion:
            model = self._get(version, transaction)
            if model.status is not VersionStatus.PUBLISHING:
                return model
            model = model.model_copy(update=changes)
            fields = model.model_dump(by_alias=True, include={*changes})
            transaction.update(self._collection.document(version), fields)
            return model

        return run_transaction(self._client, commit)

    def release(self) -> Release | None:
        with translate_errors("Firestore"):
            snapshot = self._release.get(retry=retry_policy())
        return read_release(snapshot.to_dict()) if snapshot.exists else None

    def promote(
        self,
        version: str,
        *,
        replacing: int | None = None,
        lease: Lease | None = None,
        watch: TrialPlan | None = None,
        trial: str | None = None,
    ) -> Release:
        # The release, the flag `active` of each model and the open trial change together, and only
        # while the lease is the newest: so a worker that lost its lease, or whose run was deleted
        # or ended by hand, cannot promote any more. What the check writes for such a run is
        # committed.
        def move_release(transaction: Any) -> Release | RedrawError:
            model = self._get(version, transaction)
            stored = self._get_release(transaction)
            if lease is not None:
                held = check_run(FirestoreDocuments(self._client, transaction), lease)
                if isinstance(held, RedrawError):
                    return held
            flagged = self._collection.where(filter=FieldFilter("active", "==", True))
            active = [
                snapshot.reference
                for snapshot in flagged.select(DECIDING_FIELDS).stream(transaction=transaction)
                if is_redraws_own(snapshot.id, snapshot.to_dict())
            ]
            opened = read_open(find_open(self._trials, transaction))
            release = next_release(model, stored.release, replacing, stored.now, stored.fence)
            if release is stored.release:
                return release
            require_trial(stored.release, trial)
            change = follow_promotion(release, stored.release, opened, watch)
            release = change.release or release
            transaction.set(self._release, release.document())
            write_trials(self._trials, transaction, change)
            for reference in active:
                transaction.update(reference, {"active": False})
            transaction.update(self._collection.document(version), {"active": True})
            return release

        moved = run_transaction(self._client, move_release)
        if isinstance(moved, RedrawError):
            raise moved
        return moved

    def read_in(self, version: str, transaction: Any) -> ModelVersion:
        """Return a version as a transaction sees it; see `get`."""
        return self._get(version, transaction)

    def _get(self, version: str, transaction: Any) -> ModelVersion:
        VersionNumber.parse(version)  # text with a slash would be the path of another document
        with translate_errors("Firestore"):
            snapshot = self._collection.document(version).get(transaction=transaction)
        if not snapshot.exists:
            raise NotFound(f"there is no version {version}: `redraw models` lists them")
        return read_version(version, snapshot.to_dict())

    def _stream_ids(self, transaction: Any) -> dict[str, Any]:
        """Return the ids of all documents, each with its `runId`; of the rest nothing is read."""
        options = {"transaction": transaction} if transaction else {"retry": retry_policy()}
        return {
            snapshot.id: snapshot.to_dict().get("runId")
            for snapshot in self._collection.select(["runId"]).stream(**options)
        }

    def _read(self, names: Iterable[str], transaction: Any) -> Page[ModelVersion]:
        """Read the documents with these ids, in this order."""
        page: Page[ModelVersion] = Page([], [])
        waiting = [*names]
        while waiting:
            batch, waiting = waiting[:READ_DOCUMENTS], waiting[READ_DOCUMENTS:]
            references = [self._collection.document(name) for name in batch]
            found = {
                snapshot.id: snapshot.to_dict()
                for snapshot in self._client.get_all(references, transaction=transaction)
                if snapshot.exists
            }
            part = read_versions((name, found[name]) for name in batch if name in found)
            page.records.extend(part.records)
            page.unreadable.extend(part.unreadable)
        return page

    def _get_release(self, transaction: Any) -> _StoredRelease:
        snapshot = self._release.get(transaction=transaction)
        fields = snapshot.to_dict() or {}
        if snapshot.exists:
            try:
                return _StoredRelease(read_release(fields), 0, snapshot.read_time)
            except UnreadableDocument:
                pass  # the promotion repairs it
        fence = max(read_fence(fields), self._find_highest_fence(transaction))
        return _StoredRelease(None, fence, snapshot.read_time)

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
