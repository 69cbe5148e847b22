"""The port to the records of runs and to the slot that a run must hold."""

from collections.abc import Mapping
from typing import Any, Protocol

from pipeline.records.runs import Lease, Run


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

    def find_judged(self, training_digest: str) -> Run | None:
        """Return a run with this training digest that the gate judged; None if there is none."""

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
