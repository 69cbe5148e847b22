"""The port to the model versions and to the release."""

from collections.abc import Callable, Sequence
from typing import Protocol

from pipeline.records.runs import Lease
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

        Every later call for the same run returns the same version.

        Args:
            run_id: the run, or the baseline, that publishes.
            number: picks the number. It gets the highest one that exists, alone in a list, or an
                empty list.
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
