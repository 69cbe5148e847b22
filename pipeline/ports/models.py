"""The port to the model versions and to the release."""

from collections.abc import Callable, Sequence
from typing import Protocol

from pipeline.records.reading import Page
from pipeline.records.releases import Promotion, ReleaseChange
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


class ModelRegistry(Protocol):
    """The collections `models` and `release_history`, and the document `releases/production`."""

    def reserve(
        self,
        run_id: str,
        number: Callable[[Sequence[VersionNumber]], VersionNumber],
        draft: ModelVersion,
        *,
        lease: Lease | None = None,
    ) -> ModelVersion:
        """Return the version of a run; create it, with status `publishing`, at the first call.

        Every later call for the same run returns the same version, unless it was given up.

        Args:
            run_id: the run, or the baseline, that publishes.
            number: picks the number. It gets the highest one that exists, alone in a list, or an
                empty list. All documents whose id is an exact version number count, also those
                of other programs, and the version that the release names.
            draft: the other fields. Its version, storage path and status are filled in here, and
                as its baseline the version itself if it names none.
            lease: of the run that publishes; None for the first baseline, which is no run.

        Raises:
            LeaseLost: `lease` is no longer the newest.
        """

    def get(self, version: str) -> ModelVersion:
        """Return a version.

        Raises:
            NotFound: there is none with this number.
            UnreadableDocument: its document is not as Redraw writes it.
        """

    def list(self) -> list[ModelVersion]:
        """Return all versions that can be read, the highest number first."""

    def page(
        self, after: str | None = None, limit: int = 50, *, status: VersionStatus | None = None
    ) -> Page[ModelVersion]:
        """Return some versions, the highest number first, and name what cannot be read.

        Documents whose id is no version number are named on the first page.

        Args:
            after: start with the number below this version's.
            limit: the largest number of documents to read, or of versions with this status.
            status: only versions of this status. Then a page may have fewer than `limit`, or none,
                though another one follows.
        """

    def has_ready(self) -> bool:
        """Return whether there is a version that can be released; it costs a few reads."""

    def commit(
        self,
        version: str,
        files: Sequence[VersionFile],
        metrics: ModelMetrics,
        *,
        lease: Lease | None = None,
        promotion: Promotion | None = None,
    ) -> ModelVersion:
        """End a publication in one transaction: the version is ready, and released if asked.

        The release, `active`, the history and the run's `version` change in the same transaction,
        or nothing does. Repeating it changes nothing; a version that is ready already keeps its
        files and metrics, and is released as by `promote`.

        Args:
            version: a version that is being published.
            files: all its files, which are in Storage as they say.
            metrics: the figures that the game shows.
            lease: of the run that publishes. Without one, the version's run must not be under way.
            promotion: how to release the version; None: it is only ready.

        Returns:
            The version; `active` says whether it is released.

        Raises:
            NotFound, UnreadableDocument, ReleaseMoved, LeaseLost: see `promote`.
            VersionNotReady: its number was given up, or it was withdrawn.
            RunInProgress: there is no lease, and the version's run is under way.
        """

    def give_up(
        self, version: str, *, by: str, why: str, lease: Lease | None = None, clear: bool = False
    ) -> ModelVersion:
        """Give up the number of a version that is being published; any other is left alone.

        Args:
            version: the version.
            by: who gives it up, see `Withdrawal`.
            why: the reason, in a line.
            lease: of the run that publishes. Without one, the version's run must not be under way.
            clear: whether its objects are deleted next; it is among `unfinished` until then.

        Raises:
            NotFound, UnreadableDocument, LeaseLost, RunInProgress: see `commit`.
        """

    def withdraw(
        self, version: str, *, by: str, why: str, lease: Lease | None = None
    ) -> ModelVersion:
        """Withdraw a ready version: it is never released again. Repeating it changes nothing.

        Args:
            version: the version.
            by: who withdraws it, see `Withdrawal`.
            why: the reason, in a line.
            lease: of the run that withdraws it; None for a person.

        Raises:
            NotFound: there is no such version.
            UnreadableDocument: its document, or that of the release, cannot be read.
            VersionInUse: it is released, or on trial.
            VersionNotReady: it is being published, or Redraw did not publish it.
            LeaseLost: `lease` is no longer the newest.
        """

    def unfinished(self) -> Page[ModelVersion]:
        """Return the versions that are being published, and those whose objects are being deleted.

        It costs few reads, however many versions there are.
        """

    def mark_cleared(self, version: str) -> None:
        """Record that the objects of a version that was given up are deleted."""

    def release(self) -> Release | None:
        """Return the release: the version that clients should use. None before the first one.

        Raises:
            UnreadableDocument: its document was edited so that it cannot be read.
        """

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
        """Point the release, and `active` of all models, at a version, in one transaction.

        The history gets an entry in the same transaction. The open trial ends: it succeeded if it
        was that of this version, otherwise it is overtaken. Repeating it changes nothing. `active`
        is changed on Redraw's own versions alone. A release that cannot be read, or was deleted, is
        made again, with a fence above all that are known.

        Args:
            version: the version to release.
            by: who releases it, see `ReleaseChange`.
            why: the reason, in a line.
            replacing: the fence of the release that the caller wants to replace, 0 if there was
                none. A trial may have begun or ended since.
            lease: the lease of the run that promotes.
            watch: the watch that begins: the version that was released until now is compared with
                the new one. None: none begins.
            trial: the id of the trial that the promotion follows from, which must still be open.

        Raises:
            NotFound: there is no such version.
            UnreadableDocument: its document is not as Redraw writes it.
            VersionNotReady: its files are not all stored yet, or Redraw did not publish it.
            ReleaseMoved: another version was released since `replacing`, or `trial` has ended.
            LeaseLost: `lease` is no longer the newest.
        """

    def history(self, after: str | None = None, limit: int = 50) -> Page[ReleaseChange]:
        """Return what was released, the newest first, and name the entries that cannot be read.

        Args:
            after: start below the entry with this fence: the `next_after` of the page before.
            limit: the largest number of documents to read.

        Raises:
            RedrawError: `after` is no fence.
        """
