"""The outside world as the pipeline sees it; adapters for Firestore, Cloud Storage and memory pass the same contract tests.

Any method may raise `errors.Unavailable` when the other side does not answer.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from pipeline.records.corrections import (
    Answers,
    Backlog,
    CorrectionDocument,
    CorrectionState,
    OwnerChoice,
    OwnerDecision,
    Retraining,
)
from pipeline.records.runs import Lease, Run
from pipeline.records.storage import ObjectContent, StoredObject
from pipeline.records.versions import (
    ModelMetrics,
    ModelVersion,
    Release,
    VersionFile,
    VersionNumber,
)


class CorrectionSource(Protocol):
    """The game's `corrections` collection."""

    def adopt(self) -> int:
        """Makes every document without a `status` pending, as old clients leave them; returns how many.

        A document that is written at the same moment keeps what is written, and is adopted the next time.
        """

    def pending(self, behind: str | None = None) -> Iterator[CorrectionDocument]:
        """Every document whose status is "pending", in order of id, from behind that id on; one at a time in memory."""

    def count_pending(self) -> int:
        """How many documents `pending` would yield."""

    def backlog(self) -> Backlog:
        """As `count_pending`, with the server's time."""

    def pending_since(self, before: datetime) -> datetime | None:
        """Since when the correction that waits longest has been pending, by the server's clock; None if none so since `before`.

        A correction whose `timestamp` is no time, or later than `before`, is not looked at.
        """

    def answers(self, version: str, start: datetime, end: datetime) -> Answers:
        """What players answered to the guesses of a version from `start` until before `end`, by `timestamp`, in any state.

        A document whose label is its guess confirms, any other one corrects.
        """

    def find(
        self,
        state: CorrectionState,
        *,
        reason: str | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> list[CorrectionDocument]:
        """At most `limit` documents whose status is `state`, in order of id, from behind the id `after`.

        With `reason`, those alone whose `retraining` has it.
        """

    def get(self, correction_id: str) -> CorrectionDocument:
        """Raises NotFound."""

    def decide(self, correction_id: str, choice: OwnerChoice, by: str) -> OwnerDecision:
        """Records the owner's choice and moves the correction on by the rule of `pipeline.corrections.decisions`, in one step.

        Returns the decision that stands; repeating it changes nothing. Raises NotFound, NotQuarantined.
        """

    def decisions(self, ids: Collection[str] | None = None) -> dict[str, OwnerDecision]:
        """The owners' decisions by the id of their correction: all, or those on the corrections `ids`."""

    def settle(self, outcomes: Mapping[str, Retraining]) -> int:
        """Moves the named corrections on: `status` and `retraining`. Returns how many were moved.

        One that is not pending any more, or was deleted meanwhile, is left alone, so a repetition changes nothing; and so is
        one on which the owner has decided otherwise meanwhile (`pipeline.corrections.decisions.is_overruled`).
        """


class ArtefactStore(Protocol):
    """Files in Storage. Objects are created once and never overwritten."""

    def create(
        self, path: str, data: bytes, content_type: str = "application/octet-stream"
    ) -> StoredObject:
        """Writes a new object. Raises ObjectExists when there is one under that path."""

    def read(self, path: str, max_bytes: int | None = None) -> bytes:
        """The whole object. Raises ObjectMissing; ObjectTooLarge, before reading, when it is over `max_bytes`."""

    def fetch(self, path: str, max_bytes: int) -> ObjectContent:
        """As `read`, for what strangers put there: bytes as they are stored, never unpacked, and which generation they are."""

    def create_from_file(self, path: str, source: Path) -> StoredObject:
        """As `create`, streamed from a local file in bounded memory."""

    def read_to_file(self, path: str, target: Path) -> None:
        """Streams the object to `target`, which is complete when it appears. Raises ObjectMissing."""

    def list(self, prefix: str) -> list[StoredObject]:
        """All objects whose path begins with `prefix`, in order of path."""


class RunStore(Protocol):
    """The collection `training_runs` and the one slot that a run must hold: at most one run is under way at any time."""

    def request(self, run: Run) -> Run:
        """Records a new run and gives it the slot. A run with this id that exists already is returned as it stands.

        Raises RunInProgress when another run holds the slot.
        """

    def get(self, run_id: str) -> Run:
        """Raises NotFound."""

    def list(self, limit: int = 50) -> list[Run]:
        """The newest runs first, by the time they were requested."""

    def abandoned(self) -> Run | None:
        """The run in the slot when nobody executes it: never claimed, or its lease ran out."""

    def cancel(self, run_id: str, by: str) -> Run:
        """Cancel a run that has not begun to publish, and return it; repeating it changes nothing.

        A run that no worker executes ends at once. Otherwise the request is recorded, and the
        worker ends the run at its next write.

        Raises:
            NotFound: there is no such run.
            TooLateToCancel: the run is publishing, or has ended in another way.
        """

    def claim(self, run_id: str, holder: str, seconds: float) -> Lease:
        """The right to execute the run for `seconds` seconds, with a fence above all earlier ones.

        Raises LeaseHeld while another holder's lease lasts, RunFinished when the run has ended, NotFound.
        """

    def renew(self, lease: Lease, seconds: float) -> None:
        """Extends the lease to `seconds` from now. Raises LeaseLost when somebody claimed the run since, or it ended."""

    def record(self, lease: Lease, changes: Mapping[str, Any]) -> Run:
        """Sets fields of the run (by their Python names) and returns the new record; raises LeaseLost as `renew` does.

        A state that is an end gives the slot back in the same step, so that the next run can be requested.
        """


class ModelRegistry(Protocol):
    """The collection `models` and the document `releases/production`."""

    def reserve(
        self,
        run_id: str,
        number: Callable[[Sequence[VersionNumber]], VersionNumber],
        draft: ModelVersion,
    ) -> ModelVersion:
        """A version for this run, with status `publishing`: always the same one, however often it is asked for.

        `number` picks from the versions that exist. `draft`'s version, storage path and status are filled in here.
        """

    def get(self, version: str) -> ModelVersion:
        """Raises NotFound."""

    def list(self) -> list[ModelVersion]:
        """All versions, the highest number first."""

    def mark_ready(
        self, version: str, files: Sequence[VersionFile], metrics: ModelMetrics
    ) -> ModelVersion:
        """The commit mark of a publication: all files are in Storage. Repeating it changes nothing."""

    def release(self) -> Release | None:
        """What clients should use; None before the first baseline."""

    def promote(
        self, version: str, *, replacing: int | None = None, lease: Lease | None = None
    ) -> Release:
        """Points the release, and `active` of all models, at a version, in one step; repeating it changes nothing.

        Raises NotFound; VersionNotReady; ReleaseMoved when `replacing` is given and is not the fence of the present release;
        LeaseLost when `lease` is given and is no longer the newest.
        """


@dataclass(frozen=True)
class Ports:
    """Everything outside that the pipeline talks to."""

    corrections: CorrectionSource
    artefacts: ArtefactStore
    runs: RunStore
    models: ModelRegistry
