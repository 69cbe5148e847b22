"""Models and the release over Firestore, by Google's own client. What must happen together happens in one transaction."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from google.api_core.exceptions import AlreadyExists
from google.cloud.firestore_v1.base_query import FieldFilter

from pipeline.adapters.faults import translate_errors
from pipeline.adapters.firestore_client import retry, transact
from pipeline.adapters.firestore_slot import Slot
from pipeline.errors import NotFound, Unavailable
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
        self._slot = Slot(client)

    def reserve(
        self,
        run_id: str,
        number: Callable[[Sequence[VersionNumber]], VersionNumber],
        draft: ModelVersion,
    ) -> ModelVersion:
        def pick(transaction: Any) -> ModelVersion:
            known = [
                ModelVersion.from_document(found.to_dict())
                for found in self._collection.stream(transaction=transaction)
            ]
            for model in known:
                if model.run_id == run_id:
                    return model
            version = str(number([VersionNumber.parse(model.version) for model in known]))
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
                return transact(self._client, pick)
            except AlreadyExists:
                continue  # somebody else took the number in between
        raise Unavailable(
            "no version number could be reserved, others were quicker each time: it is tried again"
        )

    def get(self, version: str) -> ModelVersion:
        return self._get(version, None)

    def list(self) -> list[ModelVersion]:
        with translate_errors("Firestore"):
            found = [
                ModelVersion.from_document(each.to_dict())
                for each in self._collection.stream(retry=retry())
            ]
        return sorted(found, key=lambda model: VersionNumber.parse(model.version), reverse=True)

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

        return transact(self._client, commit)

    def release(self) -> Release | None:
        return self._current(None)[0]

    def promote(
        self, version: str, *, replacing: int | None = None, lease: Lease | None = None
    ) -> Release:
        def point(transaction: Any) -> Release:
            model, (current, now) = self._get(version, transaction), self._current(transaction)
            if lease is not None:
                self._slot.proven(lease, transaction)
            active = list(
                self._collection.where(filter=FieldFilter("active", "==", True)).stream(
                    transaction=transaction
                )
            )
            release = next_release(model, current, replacing, now)
            if release is current:
                return release
            transaction.set(self._release, release.document())
            for found in active:
                transaction.update(found.reference, {"active": False})
            transaction.update(self._collection.document(version), {"active": True})
            return release

        return transact(self._client, point)

    def _get(self, version: str, transaction: Any) -> ModelVersion:
        VersionNumber.parse(version)  # a path is no version, and no document id either
        with translate_errors("Firestore"):
            found = self._collection.document(version).get(transaction=transaction)
        if not found.exists:
            raise NotFound(f"there is no version {version}: `redraw models` lists them")
        return ModelVersion.from_document(found.to_dict())

    def _current(self, transaction: Any) -> tuple[Release | None, datetime]:
        """The release, and the server's time."""
        with translate_errors("Firestore"):
            found = self._release.get(transaction=transaction)
        return Release.from_document(found.to_dict()) if found.exists else None, found.read_time
