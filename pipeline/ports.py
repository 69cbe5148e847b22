"""The outside world as the pipeline sees it: one protocol for each kind of storage.

Adapters for Firestore and Cloud Storage, and for memory, pass the same contract tests. Any method
may raise `errors.Unavailable` when the other side does not answer.
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
        """Make every document without a `status` pending, and return how many there were.

        Old clients write no status. A document that a client writes at the same moment keeps what
        the client wrote, and is adopted by the next call.
        """

    def pending(self, behind: str | None = None) -> Iterator[CorrectionDocument]:
        """Yield every pending document in order of id, one at a time in memory.

        Args:
            behind: start after this id.
        """

    def count_pending(self) -> int:
        """Return how many documents are pending."""

    def backlog(self) -> Backlog:
        """Return how many documents are pending, with the server's time."""

    def pending_since(self, before: datetime) -> datetime | None:
        """Return since when the correction that waits longest has been pending.

        The server's clock counts, so a forged `timestamp` cannot make a correction look old.

        Args:
            before: corrections whose `timestamp` is later, or is not a time, do not count.

        Returns:
            The time; None if no such correction has been pending since `before`.
        """

    def answers(self, version: str, start: datetime, end: datetime) -> Answers:
        """Count the players' answers to the guesses of a version, whatever their state.

        A document whose label equals its guess confirms, any other one corrects.

        Args:
            version: the version that guessed.
            start: the first `timestamp` that counts.
            end: the first one that no longer counts.
        """

    def find(
        self,
        state: CorrectionState,
        *,
        reason: str | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> list[CorrectionDocument]:
        """Return documents in a state, in order of id.

        Args:
            state: their status.
            reason: only those whose `retraining` has this reason.
            after: start after this id.
            limit: the largest number to return.
        """

    def get(self, correction_id: str) -> CorrectionDocument:
        """Return one document.

        Raises:
            NotFound: there is none with this id.
        """

    def decide(self, correction_id: str, choice: OwnerChoice, by: str) -> OwnerDecision:
        """Record the owner's choice and move the correction on, in one transaction.

        The rule is in `pipeline.corrections.decisions`. Repeating the call changes nothing.

        Args:
            correction_id: a quarantined correction, or one that was decided before.
            choice: what to do with it.
            by: who decides.

        Returns:
            The decision that is now in force.

        Raises:
            NotFound: there is no such correction.
            NotQuarantined: the correction does not wait for a decision.
        """

    def decisions(self, ids: Collection[str] | None = None) -> dict[str, OwnerDecision]:
        """Return the owners' decisions by correction id: all, or those on the corrections `ids`."""

    def settle(self, outcomes: Mapping[str, Retraining]) -> int:
        """Write `status` and `retraining` of the named corrections; return how many were moved on.

        A correction is left alone if it is not pending any more, if it was deleted, or if the
        owner has decided otherwise meanwhile (`pipeline.corrections.decisions.is_overruled`).
        Repeating the call therefore changes nothing.
        """


class ArtefactStore(Protocol):
    """Files in Storage. Objects are created once and never overwritten."""

    def create(
        self, path: str, data: bytes, content_type: str = "application/octet-stream"
    ) -> StoredObject:
        """Write a new object.

        Raises:
            ObjectExists: there is an object under that path.
        """

    def read(self, path: str, max_bytes: int | None = None) -> bytes:
        """Return the bytes of an object.

        Raises:
            ObjectMissing: there is no such object.
            ObjectTooLarge: it is larger than `max_bytes`; raised before it is read.
        """

    def fetch(self, path: str, max_bytes: int) -> ObjectContent:
        """Return the bytes and the generation of an object that a player uploaded.

        The bytes come as they are stored. They are never decompressed, so a small object cannot
        expand to a huge one.

        Raises:
            ObjectMissing: there is no such object.
            ObjectTooLarge: it is larger than `max_bytes`; raised before it is read.
        """

    def create_from_file(self, path: str, source: Path) -> StoredObject:
        """Write a new object from a local file, streamed in bounded memory.

        Raises:
            ObjectExists: there is an object under that path.
        """

    def read_to_file(self, path: str, target: Path) -> None:
        """Stream an object to the file `target`, which appears only when it is complete.

        Raises:
            ObjectMissing: there is no such object.
        """

    def list(self, prefix: str) -> list[StoredObject]:
        """Return all objects whose path begins with `prefix`, in order of path."""


class RunStore(Protocol):
    """The collection `training_runs` and the one slot that a run must hold.

    As there is one slot, at most one run is under way at any time.
    """

    def request(self, run: Run) -> Run:
        """Record a new run and give it the slot.

        Returns:
            The run. If one with this id exists already, that one as it stands.

        Raises:
            RunInProgress: another run holds the slot.
        """

    def get(self, run_id: str) -> Run:
        """Return a run.

        Raises:
            NotFound: there is none with this id.
        """

    def list(self, limit: int = 50) -> list[Run]:
        """Return the newest runs first, by the time they were requested."""

    def abandoned(self) -> Run | None:
        """Return the run in the slot if no worker executes it.

        Either no worker has claimed it, or its lease has run out.
        """

    def cancel(self, run_id: str, by: str) -> Run:
        """Cancel a run that has not begun to publish, and return it; repeating it changes nothing.

        A run that no worker executes ends at once. Otherwise the request is recorded, and the
        worker ends the run at its next write.

        Raises:
            NotFound: there is no such run.
            TooLateToCancel: the run is publishing, or has ended in another way.
        """

    def claim(self, run_id: str, holder: str, seconds: float) -> Lease:
        """Take the lease: the right to execute the run for `seconds` seconds.

        Returns:
            The lease. Its fence is higher than all earlier ones.

        Raises:
            LeaseHeld: another holder's lease has not run out yet.
            RunFinished: the run has ended.
            NotFound: there is no such run.
        """

    def renew(self, lease: Lease, seconds: float) -> None:
        """Let the lease last for `seconds` seconds from now; 0 frees the run.

        Raises:
            LeaseLost: the run was claimed again since, or has ended.
        """

    def record(self, lease: Lease, changes: Mapping[str, Any]) -> Run:
        """Set fields of the run, by their Python names, and return the new record.

        A state that ends the run frees the slot in the same transaction, so that the next run can
        be requested.

        Raises:
            LeaseLost: the run was claimed again since, or has ended.
        """


class ModelRegistry(Protocol):
    """The collection `models` and the document `releases/production`."""

    def reserve(
        self,
        run_id: str,
        number: Callable[[Sequence[VersionNumber]], VersionNumber],
        draft: ModelVersion,
    ) -> ModelVersion:
        """Return the version of a run; create it, with status `publishing`, at the first call.

        Every later call for the same run returns the same version.

        Args:
            run_id: the run, or the baseline, that publishes.
            number: picks the number from those that exist.
            draft: the other fields. Its version, storage path and status are filled in here.
        """

    def get(self, version: str) -> ModelVersion:
        """Return a version.

        Raises:
            NotFound: there is none with this number.
        """

    def list(self) -> list[ModelVersion]:
        """Return all versions, the highest number first."""

    def mark_ready(
        self, version: str, files: Sequence[VersionFile], metrics: ModelMetrics
    ) -> ModelVersion:
        """Record that all files of a version are in Storage; repeating it changes nothing."""

    def release(self) -> Release | None:
        """Return the release: the version that clients should use. None before the first one."""

    def promote(
        self, version: str, *, replacing: int | None = None, lease: Lease | None = None
    ) -> Release:
        """Point the release, and `active` of all models, at a version, in one transaction.

        Repeating it changes nothing.

        Args:
            version: the version to release.
            replacing: the fence of the release that the caller wants to replace.
            lease: the lease of the run that promotes.

        Raises:
            NotFound: there is no such version.
            VersionNotReady: its files are not all stored yet.
            ReleaseMoved: the present release does not have the fence `replacing`.
            LeaseLost: `lease` is no longer the newest.
        """


@dataclass(frozen=True)
class Ports:
    """Everything outside that the pipeline works with: a Firebase project, or one in memory."""

    corrections: CorrectionSource
    artefacts: ArtefactStore
    runs: RunStore
    models: ModelRegistry
