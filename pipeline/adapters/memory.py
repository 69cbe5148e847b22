"""Storage, runs and models in dictionaries, for unit tests.

They keep the same contract as the adapters for Google; what they store ends with the process.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline.errors import (
    LeaseHeld,
    LeaseLost,
    NotFound,
    ObjectExists,
    ObjectMissing,
    ObjectTooLarge,
    RunFinished,
    RunInProgress,
)
from pipeline.files import write_atomically
from pipeline.records.runs import Lease, Run
from pipeline.records.storage import ObjectContent, StoredObject
from pipeline.records.versions import (
    ModelMetrics,
    ModelVersion,
    Release,
    VersionFile,
    VersionNumber,
    VersionStatus,
)
from pipeline.runs.cancelling import cancel_run
from pipeline.runs.unchanged import JUDGED
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
        return StoredObject(path, len(data), 1)

    def read(self, path: str, max_bytes: int | None = None) -> bytes:
        data = self.objects.get(path)
        if data is None:
            raise ObjectMissing(f"there is no object {path} in Storage")
        if max_bytes is not None and len(data) > max_bytes:
            raise ObjectTooLarge(f"{path} has {len(data)} bytes; at most {max_bytes} are read")
        return data

    def fetch(self, path: str, max_bytes: int) -> ObjectContent:
        return ObjectContent(self.read(path, max_bytes), 1)

    def create_from_file(self, path: str, source: Path) -> StoredObject:
        return self.create(path, source.read_bytes())

    def read_to_file(self, path: str, target: Path) -> None:
        write_atomically(target, self.read(path))

    def list(self, prefix: str) -> list[StoredObject]:
        return [
            StoredObject(path, len(data), 1)
            for path, data in sorted(self.objects.items())
            if path.startswith(prefix)
        ]


class MemoryRuns:
    """A RunStore over a dictionary."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self.lock = threading.RLock()
        self._runs: dict[str, Run] = {}
        self._slot: str | None = None
        self._holder: str | None = None
        self._expires = 0.0
        self._fence = 0

    def request(self, run: Run) -> Run:
        with self.lock:
            if run.id in self._runs:
                return self._runs[run.id]
            if self._slot is not None:
                raise RunInProgress(self._slot)
            self._runs[run.id] = run
            self._slot, self._holder, self._expires = run.id, None, 0.0
            return run

    def get(self, run_id: str) -> Run:
        if run_id not in self._runs:
            raise NotFound(f"there is no run {run_id}: `redraw runs` lists them")
        return self._runs[run_id]

    def list(self, limit: int = 50) -> list[Run]:
        return sorted(
            self._runs.values(), key=lambda run: (run.requested_at, run.id), reverse=True
        )[:limit]

    def find_judged(self, training_digest: str) -> Run | None:
        return next(
            (
                run
                for run in self._runs.values()
                if run.training_digest == training_digest and run.state in JUDGED
            ),
            None,
        )

    def abandoned(self) -> Run | None:
        with self.lock:
            if self._slot is None or (self._holder is not None and self._expires > self._clock()):
                return None
            return self._runs[self._slot]

    def cancel(self, run_id: str, by: str) -> Run:
        with self.lock:
            run = self.get(run_id)
            now = datetime.now(UTC)
            executed = self._holder is not None and self._expires > self._clock()
            changes = cancel_run(run, by, now, executed=executed)
            if not changes:
                return run
            run = self._runs[run_id] = run.model_copy(update={**changes, "updated_at": now})
            if run.state.ended and self._slot == run_id:
                self._slot = self._holder = None
            return run

    def claim(self, run_id: str, holder: str, seconds: float) -> Lease:
        with self.lock:
            run = self.get(run_id)
            if run.state.ended:
                raise RunFinished(f"run {run_id} has ended: {run.state}")
            if self._holder not in (None, holder) and self._expires > self._clock():
                raise LeaseHeld(f"run {run_id} is being executed by {self._holder}")
            self._fence += 1
            self._holder, self._expires = holder, self._clock() + seconds
            self._runs[run_id] = run.model_copy(update={"attempts": run.attempts + 1})
            return Lease(run_id, self._fence)

    def renew(self, lease: Lease, seconds: float) -> None:
        with self.lock:
            self.check_lease(lease)
            self._expires = self._clock() + seconds

    def record(self, lease: Lease, changes: Mapping[str, Any]) -> Run:
        with self.lock:
            self.check_lease(lease)
            run = self.get(lease.run_id).model_copy(
                update={**changes, "updated_at": datetime.now(UTC)}
            )
            self._runs[run.id] = run
            if run.state.ended:
                self._slot = self._holder = None
            return run

    def check_lease(self, lease: Lease) -> None:
        """Raise LeaseLost when `lease` is not the newest.

        The caller keeps `lock` until it has written what depends on the lease.
        """
        if self._slot != lease.run_id or self._fence != lease.fence:
            raise LeaseLost(f"run {lease.run_id} was taken over by another worker; this one stops")


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
            numbers = sorted(VersionNumber.parse(name) for name in self._models)
            version = str(number(numbers[-1:]))
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
