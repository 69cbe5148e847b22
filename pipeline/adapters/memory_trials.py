"""Trials in dictionaries, for unit tests; they are kept with the versions and the release."""

from datetime import UTC, datetime

from pipeline.adapters.memory_by_time import MemoryByTime
from pipeline.adapters.memory_models import MemoryModels
from pipeline.errors import NotFound, UnreadableDocument
from pipeline.records.reading import Page
from pipeline.records.runs import Lease
from pipeline.records.trials import Trial, TrialLook, TrialPlan, TrialState
from pipeline.records.versions import Release
from pipeline.trial.documents import (
    COLLECTION,
    add_look,
    explain_unknown,
    find_begun,
    read_current,
    read_open,
    read_trial,
    read_trials,
)
from pipeline.trial.transitions import begin_trial, end_trial


class MemoryTrials:
    """A TrialStore over the documents that `models` holds."""

    def __init__(self, models: MemoryModels) -> None:
        self._models = models

    def current(self) -> Trial | None:
        release = self._models.read_release()
        if release is None or release.trial is None:
            return None
        return read_current(release.trial, self._models.trials.get(release.trial.salt))

    def get(self, trial_id: str) -> Trial:
        if trial_id not in self._models.trials:
            raise NotFound(explain_unknown(trial_id))
        return read_trial(trial_id, self._models.trials[trial_id])

    def newest(self, version: str) -> Trial:
        page = read_trials(self._models.trials.items(), len(self._models.trials))
        found = [trial for trial in page.records if trial.version == version]
        if not found:
            raise NotFound(explain_unknown(version))
        return found[0]

    def page(
        self, after: str | None = None, limit: int = 50, *, state: TrialState | None = None
    ) -> Page[Trial]:
        newest = MemoryByTime(COLLECTION, "startedAt", Trial, read_trial)
        return newest.read_page(self._models.trials, after, limit, {"state": state})

    def begin(
        self,
        version: str,
        plan: TrialPlan,
        *,
        replacing: int | None = None,
        lease: Lease | None = None,
    ) -> tuple[Trial, Release]:
        with self._models.transaction(lease):
            model, current = self._models.get(version), self._models.release()
            documents = self._models.trials
            if current is not None and (begun := find_begun(documents.items(), plan, version)):
                return begun, current
            opened = read_open(self._models.find_open())
            change = begin_trial(
                model, current, opened, plan, replacing=replacing, now=datetime.now(UTC)
            )
            self._models.write(change)
            return change.unpack()

    def note_look(self, trial_id: str, look: TrialLook, lease: Lease) -> Trial:
        with self._models.transaction(lease):
            trial = self.get(trial_id)
            changed = add_look(trial, look)
            if changed is not trial:
                self._models.trials[trial_id] |= changed.document()
            return changed

    def end(
        self,
        trial_id: str,
        state: TrialState,
        reason: str,
        *,
        by: str | None = None,
        lease: Lease | None = None,
    ) -> tuple[Trial | None, Release | None]:
        with self._models.transaction(lease):
            trial, current = self._read(trial_id), self._models.read_release()
            change = end_trial(
                trial, current, trial_id, state=state, reason=reason, now=datetime.now(UTC), by=by
            )
            self._models.write(change)
            return change.trial, change.release

    def _read(self, trial_id: str) -> Trial | None:
        try:
            return self.get(trial_id)
        except (NotFound, UnreadableDocument):
            return None
