"""The port to the model versions and to the release."""

from collections.abc import Callable, Sequence
from typing import Protocol

from pipeline.records.reading import Page
from pipeline.records.runs import Lease
from pipeline.records.trials import TrialPlan
from pipeline.records.versions import (
    ModelMetrics,
    ModelVersion,
    Release,
    VersionFile,
    VersionNumber,
)


class ModelRegistry(Protocol):
    """The collection `models` and the document `releases/production`."""

    def reserve(
        self,
        run_id: str,
        number: Callable[[Sequence[VersionNumber]], VersionNumber],
        draft: ModelVersion,
    ) -> ModelVersion:
        """Return the version of a run; create it, with status `publishing`, at the first call.

        Every later call for the same run returns the same version, unless it was withdrawn.

        Args:
            run_id: the run, or the baseline, that publishes.
            number: picks the number. It gets the highest one that exists, alone in a list, or an
                empty list. All documents whose id is an exact version number count, also those
                of other programs, and the version that the release names.
            draft: the other fields. Its version, storage path and status are filled in here, and
                as its baseline the version itself if it names none.
        """

    def get(self, version: str) -> ModelVersion:
        """Return a version.

        Raises:
            NotFound: there is none with this number.
            UnreadableDocument: its document is not as Redraw writes it.
        """

    def list(self) -> list[ModelVersion]:
        """Return all versions that can be read, the highest number first."""

    def page(self, after: str | None = None, limit: int = 50) -> Page[ModelVersion]:
        """Return some versions, the highest number first, and name what cannot be read.

        Documents whose id is no version number are named on the first page.

        Args:
            after: start with the number below this version's.
            limit: the largest number of documents to read.
        """

    def has_ready(self) -> bool:
        """Return whether there is a version that can be released; it costs a few reads."""

    def mark_ready(
        self, version: str, files: Sequence[VersionFile], metrics: ModelMetrics
    ) -> ModelVersion:
        """Record that all files of a version are in Storage; repeating it changes nothing."""

    def withdraw(self, version: str) -> ModelVersion:
        """Give up the number of a version that is still published; a ready one is left alone."""

    def release(self) -> Release | None:
        """Return the release: the version that clients should use. None before the first one.

        Raises:
            UnreadableDocument: its document was edited so that it cannot be read.
        """

    def promote(
        self,
        version: str,
        *,
        replacing: int | None = None,
        lease: Lease | None = None,
        watch: TrialPlan | None = None,
        trial: str | None = None,
    ) -> Release:
        """Point the release, and `active` of all models, at a version, in one transaction.

        The open trial ends: it succeeded if it was that of this version, otherwise it is overtaken.
        Repeating it changes nothing. `active` is changed on Redraw's own versions alone. A release
        that cannot be read, or was deleted, is made again, with a fence above all that are known.

        Args:
            version: the version to release.
            replacing: the fence of the release that the caller wants to replace. A trial may have
                begun or ended since.
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
