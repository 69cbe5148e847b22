"""A model registry in Firestore, with Google's client.

Each method that reads and then writes does both in one transaction.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from google.api_core.exceptions import AlreadyExists
from google.cloud.firestore_v1.base_query import FieldFilter

from pipeline.adapters.firestore_client import retry_policy, run_transaction
from pipeline.adapters.firestore_runs import FirestoreDocuments
from pipeline.adapters.google_errors import translate_errors
from pipeline.adapters.run_documents import check_run
from pipeline.errors import NotFound, RedrawError, Unavailable
from pipeline.records.runs import Lease
from pipeline.records.versions import (
    ModelMetrics,
    ModelVersion,
    Release,
    VersionFile,
    VersionNumber,
    VersionStatus,
)
from pipeline.storage_paths import version_folder
from pipeline.versions.release import next_release

RESERVE_ATTEMPTS = 5


class FirestoreModels:
    """A ModelRegistry over `models/{version}` and `releases/production`."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._collection = client.collection("models")
        self._release = client.collection("releases").document("production")

    def reserve(
        self,
        run_id: str,
        number: Callable[[Sequence[VersionNumber]], VersionNumber],
        draft: ModelVersion,
    ) -> ModelVersion:
        # All versions are read and the new one is created in one transaction. `create` refuses a
        # number that another process took after the read; the next attempt reads again and
        # chooses the number after that.
        def create_next(transaction: Any) -> ModelVersion:
            models = [
                ModelVersion.from_document(snapshot.to_dict())
                for snapshot in self._collection.stream(transaction=transaction)
            ]
            for model in models:
                if model.run_id == run_id:
                    return model
            version = str(number([VersionNumber.parse(model.version) for model in models]))
            changes = {
                "version": version,
                "storage_path": version_folder(version),
                "run_id": run_id,
            }
            model = draft.model_copy(update={**changes, "status": VersionStatus.PUBLISHING})
            transaction.create(self._collection.document(version), model.document())
            return model

        for _ in range(RESERVE_ATTEMPTS):
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
            models = [
                ModelVersion.from_document(snapshot.to_dict())
                for snapshot in self._collection.stream(retry=retry_policy())
            ]
        return sorted(models, key=lambda model: VersionNumber.parse(model.version), reverse=True)

    def mark_ready(
        self, version: str, files: Sequence[VersionFile], metrics: ModelMetrics
    ) -> ModelVersion:
        def commit(transaction: Any) -> ModelVersion:
            model = self._get(version, transaction)
            if model.status is not VersionStatus.PUBLISHING:
                return model
            model = model.model_copy(
                update={"status": VersionStatus.READY, "files": list(files), "metrics": metrics}
            )
            fields = model.model_dump(by_alias=True, include={"status", "files", "metrics"})
            transaction.update(self._collection.document(version), fields)
            return model

        return run_transaction(self._client, commit)

    def release(self) -> Release | None:
        return self._get_release(None)[0]

    def promote(
        self, version: str, *, replacing: int | None = None, lease: Lease | None = None
    ) -> Release:
        # The release and the flag `active` of each model change together, and only while the lease
        # is the newest: so a worker that lost its lease, or whose run was deleted or ended by hand,
        # cannot promote any more. What the check writes for such a run is committed.
        def move_release(transaction: Any) -> Release | RedrawError:
            model = self._get(version, transaction)
            current, now = self._get_release(transaction)
            if lease is not None:
                held = check_run(FirestoreDocuments(self._client, transaction), lease)
                if isinstance(held, RedrawError):
                    return held
            active = list(
                self._collection.where(filter=FieldFilter("active", "==", True)).stream(
                    transaction=transaction
                )
            )
            release = next_release(model, current, replacing, now)
            if release is current:
                return release
            transaction.set(self._release, release.document())
            for snapshot in active:
                transaction.update(snapshot.reference, {"active": False})
            transaction.update(self._collection.document(version), {"active": True})
            return release

        moved = run_transaction(self._client, move_release)
        if isinstance(moved, RedrawError):
            raise moved
        return moved

    def _get(self, version: str, transaction: Any) -> ModelVersion:
        VersionNumber.parse(version)  # text with a slash would be the path of another document
        with translate_errors("Firestore"):
            snapshot = self._collection.document(version).get(transaction=transaction)
        if not snapshot.exists:
            raise NotFound(f"there is no version {version}: `redraw models` lists them")
        return ModelVersion.from_document(snapshot.to_dict())

    def _get_release(self, transaction: Any) -> tuple[Release | None, datetime]:
        """Return the release, or None before the first one, and the server's time."""
        with translate_errors("Firestore"):
            snapshot = self._release.get(transaction=transaction)
        release = Release.from_document(snapshot.to_dict()) if snapshot.exists else None
        return release, snapshot.read_time
