"""The port to the trials of versions."""

from typing import Protocol

from pipeline.records.reading import Page
from pipeline.records.runs import Lease
from pipeline.records.trials import Trial, TrialLook, TrialPlan, TrialState
from pipeline.records.versions import Release


class TrialStore(Protocol):
    """The collection `trials`, and the trial in `releases/production`.

    At most one trial is open: the one that the release names. A promotion ends it
    (`ModelRegistry.promote`). Documents can be edited in Firebase's console: what cannot be read
    is named in lists, and stops nothing.
    """

    def current(self) -> Trial | None:
        """Return the open trial; None if there is none.

        Raises:
            UnreadableDocument: the release names a trial whose document is missing, has ended or
                cannot be read. `end` clears it.
        """

    def get(self, trial_id: str) -> Trial:
        """Return a trial by its id.

        Raises:
            NotFound: there is none with this id.
            UnreadableDocument: its document is not as Redraw writes it.
        """

    def newest(self, version: str) -> Trial:
        """Return the newest trial of a version that can be read.

        Raises:
            NotFound: the version was never on trial.
        """

    def page(
        self, after: str | None = None, limit: int = 50, *, state: TrialState | None = None
    ) -> Page[Trial]:
        """Return a part of the list, the newest trials first, and name what cannot be read there.

        Args:
            after: the `next_after` of the page before; None for the first page.
            limit: the largest number of trials; see `RunStore.page`.
            state: only trials in this state.

        Raises:
            InvalidPlace: `after` is not from such a page.
        """

    def begin(
        self,
        version: str,
        plan: TrialPlan,
        *,
        replacing: int | None = None,
        lease: Lease | None = None,
    ) -> tuple[Trial, Release]:
        """Put a ready version on trial beside the released one, in one transaction.

        Repeating it changes nothing: the open trial of this version is returned, and a run that has
        begun one gets that one, also after it has ended.

        Args:
            version: the version.
            plan: the trial.
            replacing: the fence of the release that the caller saw.
            lease: the lease of the run that begins it.

        Returns:
            The trial, and the release as it is now.

        Raises:
            NotFound: there is no such version, or nothing is released.
            UnreadableDocument: the document of the version, or of the release, cannot be read.
            VersionNotReady: the version cannot be tried.
            ReleaseMoved: another version was released since `replacing`.
            TrialUnderWay: another version is on trial.
            LeaseLost: `lease` is no longer the newest.
        """

    def note_look(self, trial_id: str, look: TrialLook, lease: Lease) -> Trial:
        """Record what a run saw; the first look of each run stands. One that has ended is kept.

        Raises:
            NotFound: there is no such trial.
            UnreadableDocument: its document cannot be read.
            LeaseLost: `lease` is no longer the newest.
        """

    def end(
        self,
        trial_id: str,
        state: TrialState,
        reason: str,
        *,
        by: str | None = None,
        lease: Lease | None = None,
    ) -> tuple[Trial | None, Release | None]:
        """End a trial without a promotion, in one transaction; one that has ended is kept.

        Where its document is missing or cannot be read, the release alone is cleared.

        Returns:
            The trial, None where it cannot be read; and the release as it is now.

        Raises:
            LeaseLost: `lease` is no longer the newest.
        """
