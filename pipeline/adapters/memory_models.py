"""Versions and the release in dictionaries, for unit tests.

The same contract as the adapter for Firestore, over documents that tests may fill with anything.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from pipeline.adapters.memory_runs import MemoryRuns
from pipeline.adapters.release_moves import StoredRelease, plan_move
from pipeline.adapters.run_documents import HeldRun
from pipeline.errors import NewerDocument, NotFound, UnreadableDocument
from pipeline.records.reading import Page, read_page
from pipeline.records.releases import Promotion, ReleaseChange
from pipeline.records.runs import Lease
from pipeline.records.trials import TrialPlan, TrialState
from pipeline.records.versions import (
    ModelMetrics,
    ModelVersion,
    Release,
    VersionFile,
    VersionNumber,
    VersionStatus,
)
from pipeline.runs.cancelling import stop_if_cancelled
from pipeline.storage_paths import version_folder
from pipeline.trial.documents import read_open
from pipeline.trial.transitions import TrialChange
from pipeline.versions import listing
from pipeline.versions.documents import (
    check_number,
    is_redraws_own,
    parse_numbers,
    read_fence,
    read_known,
    read_release,
    read_version,
    read_versions,
)
from pipeline.versions.endings import abandon, make_ready, withdraw_ready
from pipeline.versions.history import name_without_fence, parse_after, read_change


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
        self.changes: dict[str, dict[str, Any]] = {}
        """The documents of `release_history`, by id."""

    def reserve(
        self,
        run_id: str,
        number: Callable[[Sequence[VersionNumber]], VersionNumber],
        draft: ModelVersion,
        *,
        lease: Lease | None = None,
    ) -> ModelVersion:
        with self.transaction(lease):
            own = (each for each in self._models.items() if each[1].get("runId") == run_id)
            for model in read_known(own):
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
        check_number(version)
        if version not in self._models:
            raise NotFound(f"there is no version {version}: `redraw models` lists them")
        return read_version(version, self._models[version])

    def list(self) -> list[ModelVersion]:
        return self.page(limit=len(self._models)).records

    def page(
        self, after: str | None = None, limit: int = 50, *, status: VersionStatus | None = None
    ) -> Page[ModelVersion]:
        with self._lock:
            return listing.read_page(
                self._models,
                after,
                limit,
                status,
                lambda names: read_versions((name, self._models[name]) for name in names),
            )

    def has_ready(self) -> bool:
        try:
            return any(
                is_redraws_own(name, fields)
                for name, fields in self._models.items()
                if fields.get("status") == VersionStatus.READY
            )
        except NewerDocument:
            return True

    def unfinished(self) -> Page[ModelVersion]:
        with self._lock:
            return read_versions(
                (name, fields)
                for name, fields in sorted(self._models.items())
                if fields.get("status") == VersionStatus.PUBLISHING
                or fields.get("clearing") is True
            )

    def commit(
        self,
        version: str,
        files: Sequence[VersionFile],
        metrics: ModelMetrics,
        *,
        lease: Lease | None = None,
        promotion: Promotion | None = None,
    ) -> ModelVersion:
        with self._publication(version, lease) as (model, held):
            if held is not None:
                stop_if_cancelled(held.run)
            made = make_ready(model, files, metrics)
            if promotion is not None:
                self._move(made, promotion, lease)
                made = made.model_copy(update={"active": True})
            self._change(version, made)
            if held is not None:
                self._runs.documents[held.run.id]["version"] = version
            return made

    def give_up(
        self, version: str, *, by: str, why: str, lease: Lease | None = None, clear: bool = False
    ) -> ModelVersion:
        if self.get(version).status is not VersionStatus.PUBLISHING:
            return self.get(version)
        with self._publication(version, lease) as (model, _):
            made = abandon(model, by=by, why=why, now=datetime.now(UTC), clear=clear)
            self._change(version, made)
            return made

    def withdraw(
        self, version: str, *, by: str, why: str, lease: Lease | None = None
    ) -> ModelVersion:
        with self.transaction(lease):
            now = datetime.now(UTC)
            model = self.get(version)
            made = withdraw_ready(model, self.release(), by=by, why=why, now=now)
            if made is not model:
                self._change(version, made)
            return made

    def mark_cleared(self, version: str) -> None:
        with self._lock:
            self.get(version)
            self._models[version] = {**self._models[version], "clearing": False}

    def release(self) -> Release | None:
        return None if self._release is None else read_release(self._release)

    def promote(
        self,
        version: str,
        *,
        by: str,
        why: str,
        replacing: int | None = None,
        lease: Lease | None = None,
        watch: TrialPlan | None = None,
        trial: str | None = None,
    ) -> Release:
        with self.transaction(lease):
            promotion = Promotion(by, why, replacing, watch, trial)
            return self._move(self.get(version), promotion, lease)

    def history(self, after: str | None = None, limit: int = 50) -> Page[ReleaseChange]:
        below = parse_after(after)
        with self._lock:
            placed, odd = {}, []
            for name, fields in sorted(self.changes.items()):
                fence = fields.get("fence")
                if isinstance(fence, int) and not isinstance(fence, bool):
                    placed[name] = fence
                elif after is None:
                    odd.append(name_without_fence(name))
            names = sorted(
                (name for name in placed if placed[name] < below), key=placed.__getitem__
            )
            newest = names[::-1]
            page = read_page(((name, self.changes[name]) for name in newest[:limit]), read_change)
        next_after = str(placed[newest[limit - 1]]) if len(newest) > limit else None
        return Page(page.records, [*page.unreadable, *odd], next_after)

    def _move(self, model: ModelVersion, promotion: Promotion, lease: Lease | None) -> Release:
        """Release a version, if it is not released already; the caller has begun a transaction."""
        current = self.read_release()
        newest = max(map(read_fence, self.changes.values()), default=0)
        fence = newest if current else max(newest, self._find_highest_fence())
        stored = StoredRelease(current, fence, datetime.now(UTC))
        opened = read_open(self.find_open())
        run_id = None if lease is None else lease.run_id
        move = plan_move(model, stored, opened, promotion, run_id)
        if move is None:
            assert current is not None  # noqa: S101 - it names the version already
            return current
        self.write(move.trials)
        self._release = {**(self._release or {}), **move.release.document()}
        self.changes[move.entry.id] = move.entry.document()
        for name, fields in self._models.items():
            if name == model.version or (fields.get("active") and is_redraws_own(name, fields)):
                self._models[name] = {**fields, "active": name == model.version}
        return move.release

    @contextmanager
    def _publication(
        self, version: str, lease: Lease | None
    ) -> Iterator[tuple[ModelVersion, HeldRun | None]]:
        """Let nothing else change, once it is proven that the caller may end this publication."""
        with self._lock, self._runs.lock:
            model = self.get(version)
            yield model, self._runs.check_publisher(model.run_id, lease)

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

    def find_open(self) -> Sequence[tuple[str, dict[str, Any]]]:
        """Return id and fields of the trials that are open by their documents."""
        return [each for each in self.trials.items() if each[1].get("state") == TrialState.OPEN]

    def write(self, change: TrialChange) -> None:
        """Write the release and the trials of a change."""
        if change.release is not None:
            self._release = {**(self._release or {}), **change.release.document()}
        for trial in change.trials:
            self.trials[trial.id] = {**self.trials.get(trial.id, {}), **trial.document()}

    def _change(self, version: str, made: ModelVersion) -> None:
        self._models[version] = {**self._models[version], **made.document()}

    def _find_highest_fence(self) -> int:
        """Return the highest fence in the document of the release, of a run, or of a trial."""
        runs, trials = self._runs.documents.values(), self.trials.values()
        seen = [read_fence(fields, "releaseFence") for fields in runs]
        begun = [read_fence(fields) for fields in trials]
        return max([read_fence(self._release or {}), *seen, *begun])
