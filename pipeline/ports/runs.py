"""The port to the records of runs and to the slot that a run must hold."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from pipeline.records.forgetting import ForgetRequest
from pipeline.records.reading import Page
from pipeline.records.runs import Lease, Run, RunKind, RunState, Trigger
from pipeline.records.slot import SlotStatus


class RunStore(Protocol):
    """The collection `training_runs` and the one slot that a run must hold.

    As there is one slot, at most one run is under way at any time. Both can be edited in Firebase's
    console. A slot whose run can never go on (its document was deleted, ended or made unreadable,
    or the slot names no run) blocks no request: the next one takes it, and `abandoned` frees it.
    """

    def request(self, run: Run, player: str | None = None) -> Run:
        """Record a new run and give it the slot.

        Any other run that is under way by its document has lost the slot, so it is ended as failed.

        Args:
            run: the run.
            player: the id of the player whom a run of the kind `forget` forgets. It is kept in a
                document of its own, which goes in the transaction that ends the run.

        Returns:
            The run. If one with this id exists already, that one as it stands; if it is under way
            and has lost the slot, it gets it back.

        Raises:
            RunInProgress: another run holds the slot.
        """

    def player_of(self, run_id: str) -> ForgetRequest:
        """Return whom a run forgets.

        Raises:
            NotFound: its request is not there: the run has ended, or a person deleted it.
        """

    def get(self, run_id: str) -> Run:
        """Return a run.

        Raises:
            NotFound: there is none with this id.
            UnreadableDocument: its document is not as Redraw writes it.
        """

    def list(self, limit: int = 50) -> list[Run]:
        """Return the newest runs that can be read, by the time they were requested."""

    def page(
        self,
        after: str | None = None,
        limit: int = 50,
        *,
        state: RunState | None = None,
        kind: RunKind | None = None,
        trigger: Trigger | None = None,
    ) -> Page[Run]:
        """Return a part of the list, the newest runs first, and name what cannot be read there.

        Documents without a time at which they were requested have no place among the others; the
        first page names the first ones by id.

        Args:
            after: the `next_after` of the page before; None for the first page.
            limit: the largest number of runs. With a filter a page may have fewer, or none, though
                another one follows.
            state: only runs in this state.
            kind: only runs that make this.
            trigger: only runs that this asked for.

        Raises:
            InvalidPlace: `after` is not from such a page.
        """

    def count_states(self) -> dict[RunState, int]:
        """Return how many runs are in each state; documents with another state do not count.

        It costs one small query for each state, however many runs there are.
        """

    def written_since(self, time: datetime, limit: int = 50) -> Page[Run]:
        """Return the runs whose documents were written at `time` or later, the earliest first.

        Args:
            time: of the server: the run's `updated_at`.
            limit: the largest number of documents to read.
        """

    def find_judged(self, training_digest: str) -> Run | None:
        """Return a run with this training digest that the gate judged; None if there is none."""

    def abandoned(self) -> Run | None:
        """Return the run in the slot if no worker executes it and it may be executed now.

        Either no worker has claimed it, or its lease has run out or was given up, and the pause
        after a fault is over. A slot whose run can never go on is freed, and a run that was to be
        cancelled is ended if its worker does not.
        """

    def slot(self) -> SlotStatus:
        """Return what the slot holds, and what is wrong with it."""

    def cancel(self, run_id: str, by: str) -> Run:
        """Cancel a run whose version is not ready yet, and return it.

        A run that no worker executes ends at once. Otherwise the request is recorded, the worker
        ends the run within seconds, and to repeat the call changes nothing. If the worker has not
        ended it after `cancelling.PATIENCE`, as it hangs or has died, the next call ends it.

        Raises:
            NotFound: there is no such run.
            TooLateToCancel: the run has made a version ready, has begun to forget a player, or
                has ended in another way.
        """

    def claim(self, run_id: str, holder: str, seconds: float, *, early: bool = False) -> Lease:
        """Take the lease: the right to execute the run for `seconds` seconds, 600 at most.

        If the worker before has let its lease run out, and has neither given it up nor reported a
        fault, it has died; the run's `deaths` counts that.

        Args:
            run_id: the run.
            holder: a name of the worker that no other worker has.
            seconds: how long the lease lasts unless it is renewed.
            early: whether to take a run during the pause that follows a fault.

        Returns:
            The lease. Its fence is higher than all earlier ones, whatever the slot's document says.

        Raises:
            LeaseHeld: another holder's lease has not run out yet.
            RunPaused: the pause after a fault is not over.
            RunFinished: the run has ended, or has lost the slot.
            NotFound: there is no such run.
        """

    def renew(self, lease: Lease, seconds: float) -> None:
        """Let the lease last for `seconds` seconds from now; 0 gives it up.

        Raises:
            LeaseLost: the run was claimed again since, or has ended.
        """

    def record(self, lease: Lease, changes: Mapping[str, Any]) -> Run:
        """Set fields of the run, by their Python names, and return the new record.

        A state that ends the run frees the slot in the same transaction, so that the next run can
        be requested.

        Raises:
            LeaseLost: the run was claimed again since, has ended, or has lost the slot; then it is
                ended as failed.
            RunLost: its document was deleted or cannot be read. The slot is freed.
        """

    def pause(self, lease: Lease, message: str, patience: timedelta, *, free: bool = True) -> Run:
        """Record a temporary fault that stops an execution, and let the run wait for a while.

        The pauses grow. When faults have kept the run from getting further for `patience`, it ends
        as failed.

        Args:
            lease: of the worker that met the fault.
            message: what the fault is, in a line.
            patience: how long the run may be without progress.
            free: whether to give the lease up; not while other workers collect batches under it.

        Returns:
            The run, paused or failed.

        Raises:
            LeaseLost, RunLost: as `record` does.
        """
