"""The documents of runs and of the slot in one transaction, and the changes that keep them in step.

The run and the slot change together, so that no failure in between can leave a run without a slot,
or a slot with a run that has ended.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Protocol

from pipeline.errors import NotFound, RedrawError
from pipeline.records.forgetting import ForgetRequest
from pipeline.records.runs import Lease, Run, RunKind, RunState
from pipeline.records.slot import Slot
from pipeline.run_errors import LeaseLost, RunLost
from pipeline.runs.documents import read_run
from pipeline.runs.slot import check_lease, find_dead, is_of_newer, parse_run, refuse


class Documents(Protocol):
    """The documents of the runs and of the slot in one transaction: all reads, then all writes."""

    def read_slot(self) -> Slot:
        """Return the slot as it stands; its `at` is the server's time."""

    def read_run(self, run_id: str) -> dict[str, Any] | None:
        """Return the fields of a run's document; None when there is none."""

    def read_unfinished(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the id and the fields of each document whose state is that of a run under way."""

    def write_slot(self, slot: Slot) -> None:
        """Write the document of the slot whole, and with it drop what was wrong there."""

    def create_run(self, run: Run) -> None:
        """Create the document of a run."""

    def update_run(self, run_id: str, fields: dict[str, Any]) -> None:
        """Change fields of a run's document, which must exist."""

    def read_request(self, run_id: str) -> dict[str, Any] | None:
        """Return the fields of the document that says whom a run forgets; None if there is none."""

    def create_request(self, request: ForgetRequest) -> None:
        """Create that document."""

    def delete_request(self, run_id: str) -> None:
        """Delete that document; if there is none, this changes nothing."""


class HeldRun(NamedTuple):
    """A run that a worker may write to, and the slot that holds it."""

    slot: Slot
    run: Run


def load_run(documents: Documents, run_id: str) -> Run:
    """Return a run.

    Raises:
        NotFound: there is none with this id.
    """
    fields = documents.read_run(run_id)
    if fields is None:
        raise NotFound(f"there is no run {run_id}: `redraw runs` lists them")
    return read_run(run_id, fields)


def create_run(documents: Documents, run: Run, player: str | None) -> None:
    """Create the document of a run, and the one that says whom it forgets, if it forgets one."""
    documents.create_run(run)
    if player is not None:
        request = ForgetRequest(run_id=run.id, player_id=player, requested_at=run.requested_at)
        documents.create_request(request)


def enter_slot(documents: Documents, run_id: str, slot: Slot) -> None:
    """Put a run into the slot; the one that is there can never go on."""
    if slot.run_id is not None and slot.run_id != run_id:
        documents.delete_request(slot.run_id)
    documents.write_slot(slot.hold(run_id))


def change_run(
    documents: Documents, run_id: str, run: Run, changes: Mapping[str, Any], slot: Slot
) -> Run:
    """Write fields of a run by their Python names, and free its slot if that ends it."""
    named = {**changes, "updated_at": slot.at}
    if named.get("state", run.state) is not run.state:
        named["entered"] = {**run.entered, str(named["state"]): slot.at}
    changed = run.model_copy(update=named)
    documents.update_run(run_id, changed.changes(named))
    if changed.state.ended and run.kind is RunKind.FORGET:
        documents.delete_request(run_id)
    if changed.state.ended and slot.run_id == run_id:
        documents.write_slot(slot.hold(None))
    return changed


def check_run(documents: Documents, lease: Lease) -> HeldRun | RedrawError:
    """Return the run that a worker may write to under this lease, or why the worker must stop.

    The slot is freed when the run in it was deleted, ended or made unreadable behind the worker's
    back. A run that has lost its slot is ended, as no worker could continue it. So the caller
    commits although an error is returned.

    Raises:
        LeaseLost: another worker has claimed the run, it has ended, or a newer Redraw changed it.
    """
    slot, fields = documents.read_slot(), documents.read_run(lease.run_id)
    run = parse_run(lease.run_id, fields)
    if slot.run_id != lease.run_id and run is not None and not run.state.ended:
        end_displaced(documents, lease.run_id, run, slot)
        return LeaseLost(f"run {lease.run_id} has lost its slot: this worker stops")
    check_lease(slot, lease)
    if is_of_newer(fields):
        raise LeaseLost(
            f"a newer Redraw changed run {lease.run_id}: this worker stops, and one of that "
            "version goes on with the run; upgrade this one"
        )
    if run is None:
        documents.write_slot(slot.hold(None))
        documents.delete_request(lease.run_id)
        return RunLost(
            f"the document training_runs/{lease.run_id} was deleted or cannot be read any more: "
            "the run stops here; its corrections stay pending, so request another one"
        )
    if run.state.ended:
        documents.write_slot(slot.hold(None))
        documents.delete_request(lease.run_id)
        return LeaseLost(f"run {lease.run_id} was ended in Firestore: {run.state}; it stops here")
    return HeldRun(slot, run)


def check_publisher(
    documents: Documents, run_id: str, lease: Lease | None
) -> HeldRun | RedrawError | None:
    """Return the run whose version may be written under this lease; None where there is no lease.

    Without one, any process may end what a run left, but only if no worker can go on with it.
    The caller commits although an error is returned, see `check_run`.

    Args:
        documents: of the transaction.
        run_id: the run that publishes the version.
        lease: of the caller.

    Raises:
        LeaseLost: another worker has claimed the run, or it has ended.
        RunInProgress: there is no lease, and the run is under way.
        NewerDocument: there is no lease, and a newer Redraw wrote the run.
    """
    if lease is not None:
        return check_run(documents, lease)
    slot, fields = documents.read_slot(), documents.read_run(run_id)
    run = parse_run(run_id, fields)
    if fields is not None and is_of_newer(fields):
        read_run(run_id, fields)  # says so
    in_slot = slot.run_id == run_id and find_dead(slot, fields) is None
    if in_slot or (run is not None and not run.state.ended):
        raise refuse(slot._replace(run_id=run_id), run)
    return None


def end_displaced(documents: Documents, run_id: str, run: Run, slot: Slot) -> None:
    """End a run that is under way by its document, but not in the slot."""
    reason = (
        "the run lost its slot, as the document leases/retraining was changed or deleted; its "
        "corrections stay pending for the next run"
    )
    changes = {"state": RunState.FAILED, "ended_at": slot.at, "reason": reason}
    change_run(documents, run_id, run, changes, slot._replace(run_id=None))


def count_death(slot: Slot, run: Run) -> int:
    """Return 1 if the worker that had the lease before has died, else 0.

    One that gave its lease up left no holder. One that met a fault left that in the run.
    """
    met_fault = run.trouble is not None and run.trouble.fence == slot.fence
    return int(slot.holder is not None and not slot.live and not met_fault)
