"""Storage and models in dictionaries, for unit tests.

They keep the same contract as the adapters for Google; what they store ends with the process.
"""

import threading
import zlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from pipeline.adapters.memory_runs import MemoryRuns
from pipeline.errors import NotFound, ObjectExists, ObjectMissing, ObjectTooLarge
from pipeline.files import write_atomically
from pipeline.records.runs import Lease
from pipeline.records.storage import ObjectContent, StoredObject
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


class MemoryArtefacts:
    """An ArtefactStore over a dictionary of bytes."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def create(
        self, path: str, data: bytes, content_type: str = "application/octet-stream"
    ) -> StoredObject:
        del content_type  # no port reads it back
        with self._lock:
            if path in self.objects:
                raise ObjectExists(f"{path} exists already; objects are written once")
            self.objects[path] = bytes(data)
        return _describe(path, data)

    def read(self, path: str, max_bytes: int | None = None) -> bytes:
        data = self.objects.get(path)
        if data is None:
            raise ObjectMissing(f"there is no object {path} in Storage")
        if max_bytes is not None and len(data) > max_bytes:
            raise ObjectTooLarge(f"{path} has {len(data)} bytes; at most {max_bytes} are read")
        return data

    def fetch(self, path: str, max_bytes: int) -> ObjectContent:
        data = self.read(path, max_bytes)
        return ObjectContent(data, _describe(path, data).generation)

    def create_from_file(self, path: str, source: Path) -> StoredObject:
        return self.create(path, source.read_bytes())

    def read_to_file(self, path: str, target: Path) -> None:
        write_atomically(target, self.read(path))

    def list(self, prefix: str) -> list[StoredObject]:
        return [
            _describe(path, data)
            for path, data in sorted(self.objects.items())
            if path.startswith(prefix)
        ]


def _describe(path: str, data: bytes) -> StoredObject:
    """Describe an object. Its generation is a checksum, so it changes whenever the bytes do."""
    return StoredObject(path, len(data), 1 + zlib.crc32(data))


class MemoryModels:
    """A ModelRegistry over a dictionary; `runs` tells it which lease is the newest."""

    def __init__(self, runs: MemoryRuns) -> None:
        self._runs = runs
        self._lock = threading.RLock()
        self._models: dict[str, ModelVersion] = {}
        self._release: Release | None = None

    def reserve(
        self,
        run_id: str,
        number: Callable[[Sequence[VersionNumber]], VersionNumber],
        draft: ModelVersion,
    ) -> ModelVersion:
        with self._lock:
            for model in self._models.values():
                if model.run_id == run_id:
                    return model
            version = str(number([VersionNumber.parse(name) for name in self._models]))
            changes = {
                "version": version,
                "storage_path": version_folder(version),
                "status": VersionStatus.PUBLISHING,
            }
            self._models[version] = draft.model_copy(update={**changes, "run_id": run_id})
            return self._models[version]

    def get(self, version: str) -> ModelVersion:
        if version not in self._models:
            raise NotFound(f"there is no version {version}: `redraw models` lists them")
        return self._models[version]

    def list(self) -> list[ModelVersion]:
        return sorted(
            self._models.values(),
            key=lambda model: VersionNumber.parse(model.version),
            reverse=True,
        )

    def mark_ready(
        self, version: str, files: Sequence[VersionFile], metrics: ModelMetrics
    ) -> ModelVersion:
        with self._lock:
            model = self.get(version)
            if model.status is VersionStatus.PUBLISHING:
                model = model.model_copy(
                    update={"status": VersionStatus.READY, "files": list(files), "metrics": metrics}
                )
                self._models[version] = model
            return model

    def release(self) -> Release | None:
        return self._release

    def promote(
        self, version: str, *, replacing: int | None = None, lease: Lease | None = None
    ) -> Release:
        with self._lock, self._runs.lock:
            model, current = self.get(version), self._release
            if lease is not None:
                self._runs.check_lease(lease)
            release = next_release(model, current, replacing, datetime.now(UTC))
            self._release = release
            self._models = {
                name: other.model_copy(update={"active": name == version})
                for name, other in self._models.items()
            }
            return release
