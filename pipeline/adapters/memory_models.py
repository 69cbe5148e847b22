"""Versions and the release in dictionaries, for unit tests.

The same contract as the adapter for Firestore, over documents that tests may fill with anything.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from pipeline.adapters.memory_runs import MemoryRuns
from pipeline.errors import NotFound, UnreadableDocument
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
from pipeline.trial.documents import read_open
from pipeline.trial.transitions import TrialChange, follow_promotion
from pipeline.versions.documents import (
    is_redraws_own,
    parse_numbers,
    read_fence,
    read_release,
    read_version,
    read_versions,
)
from pipeline.versions.listing import name_odd_ids, pick_page
from pipeline.versions.release import next_release, require_trial


class MemoryModels:
    """A ModelRegistry over documents; `runs` tells it which lease is the newest."""

    def __init__(self, runs: MemoryRuns) -> None:
        self._runs = runs
        self._lock = threading.RLock()
        self._models: dict[str, dict[str, Any]] = {}
        """The documents of `models`, by id."""
        self._release: dict[str, Any] | None = None
        """The document `releases/production`."""
        self.trials: dict[str, dict[str, Any]] = {}
        """The documents of `trials`, by id: they change together with the release."""

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
        self,
        version: str,
        *,
        replacing: int | None = None,
        lease: Lease | None = None,
        watch: TrialPlan | None = None,
        trial: str | None = None,
    ) -> Release:
        with self.transaction(lease):
            model, current = self.get(version), self.read_release()
            fence = 0 if current else self._find_highest_fence()
            release = next_release(model, current, replacing, datetime.now(UTC), fence)
            if release is current:
                return release
            require_trial(current, trial)
            opened = read_open(self.trials.items())
            change = follow_promotion(release, current, opened, watch)
            self.write(change)
            for name, fields in self._models.items():
                if name == version or (fields.get("active") and is_redraws_own(name, fields)):
                    self._models[name] = {**fields, "active": name == version}
            return change.release or release

    @contextmanager
    def transaction(self, lease: Lease | None = None) -> Iterator[None]:
        """Let nothing else change versions, release, trials or runs; the lease must be held."""
        with self._lock, self._runs.lock:
            if lease is not None:
                self._runs.check_lease(lease)
            yield

    def read_release(self) -> Release | None:
        """Return the release; None if there is none, or none that can be read."""
        try:
            return self.release()
        except UnreadableDocument:
            return None

    def write(self, change: TrialChange) -> None:
        """Write the release and the trials of a change."""
        if change.release is not None:
            self._release = change.release.document()
        for trial in change.trials:
            self.trials[trial.id] = trial.document()

    def _find_highest_fence(self) -> int:
        """Return the highest fence in the document of the release, of a run, or of a trial."""
        runs, trials = self._runs.documents.values(), self.trials.values()
        seen = [read_fence(fields, "releaseFence") for fields in runs]
        begun = [read_fence(fields) for fields in trials]
        return max([read_fence(self._release or {}), *seen, *begun])
