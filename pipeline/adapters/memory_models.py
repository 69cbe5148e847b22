"""Versions and the release in dictionaries, for unit tests.

The same contract as the adapter for Firestore, over documents that tests may fill with anything.
"""

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from pipeline.adapters.memory_runs import MemoryRuns
from pipeline.errors import NotFound, UnreadableDocument
from pipeline.records.reading import Page
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
from pipeline.versions.documents import (
    is_redraws_own,
    parse_numbers,
    read_fence,
    read_release,
    read_version,
    read_versions,
)
from pipeline.versions.listing import name_odd_ids, pick_page
from pipeline.versions.release import next_release


class MemoryModels:
    """A ModelRegistry over documents; `runs` tells it which lease is the newest."""

    def __init__(self, runs: MemoryRuns) -> None:
        self._runs = runs
        self._lock = threading.RLock()
        self._models: dict[str, dict[str, Any]] = {}
        """The documents of `models`, by id."""
        self._release: dict[str, Any] | None = None
        """The document `releases/production`."""

    def reserve(
        self,
        run_id: str,
        number: Callable[[Sequence[VersionNumber]], VersionNumber],
        draft: ModelVersion,
    ) -> ModelVersion:
        with self._lock:
            for model in self.list():
                kept = (VersionStatus.PUBLISHING, VersionStatus.READY)
                if model.run_id == run_id and model.status in kept:
                    return model
            released = (self._release or {}).get("version")
            known = sorted(parse_numbers([*self._models, released]))
            version = str(number(known[-1:]))
            changes = {
                "version": version,
                "storage_path": version_folder(version),
                "status": VersionStatus.PUBLISHING,
                "baseline": draft.baseline or version,
            }
            model = draft.model_copy(update={**changes, "run_id": run_id})
            self._models[version] = model.document()
            return model

    def get(self, version: str) -> ModelVersion:
        if version not in self._models:
            raise NotFound(f"there is no version {version}: `redraw models` lists them")
        return read_version(version, self._models[version])

    def list(self) -> list[ModelVersion]:
        return self.page(limit=len(self._models)).records

    def page(self, after: str | None = None, limit: int = 50) -> Page[ModelVersion]:
        with self._lock:
            names, next_after = pick_page(self._models, after, limit)
            read = read_versions((name, self._models[name]) for name in names)
            odd = [] if after is not None else name_odd_ids(self._models)
        return Page(read.records, [*read.unreadable, *odd], next_after)

    def has_ready(self) -> bool:
        return any(model.status is VersionStatus.READY for model in self.list())

    def mark_ready(
        self, version: str, files: Sequence[VersionFile], metrics: ModelMetrics
    ) -> ModelVersion:
        return self._finish(
            version, {"status": VersionStatus.READY, "files": list(files), "metrics": metrics}
        )

    def withdraw(self, version: str) -> ModelVersion:
        return self._finish(version, {"status": VersionStatus.WITHDRAWN})

    def _finish(self, version: str, changes: dict[str, Any]) -> ModelVersion:
        with self._lock:
            model = self.get(version)
            if model.status is VersionStatus.PUBLISHING:
                model = model.model_copy(update=changes)
                self._models[version] = model.document()
            return model

    def release(self) -> Release | None:
        return None if self._release is None else read_release(self._release)

    def promote(
        self, version: str, *, replacing: int | None = None, lease: Lease | None = None
    ) -> Release:
        with self._lock, self._runs.lock:
            model = self.get(version)
            try:
                current = self.release()
            except UnreadableDocument:
                current = None
            if lease is not None:
                self._runs.check_lease(lease)
            fence = 0 if current else self._find_highest_fence()
            release = next_release(model, current, replacing, datetime.now(UTC), fence)
            if release is not current:
                self._release = release.document()
                for name, fields in self._models.items():
                    if name == version or (fields.get("active") and is_redraws_own(name, fields)):
                        self._models[name] = {**fields, "active": name == version}
            return release

    def _find_highest_fence(self) -> int:
        """Return the highest fence in the document of the release, or that a run has seen."""
        runs = [*self._runs.documents.values()]
        seen = [read_fence(fields, "releaseFence") for fields in runs]
        return max([read_fence(self._release or {}), *seen])
