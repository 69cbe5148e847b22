"""What every run store does with the runs and the slot, each in one transaction."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, TypeVar

from pipeline.adapters.run_documents import (
    Documents,
    change_run,
    check_run,
    count_death,
    create_run,
    end_displaced,
    enter_slot,
    load_run,
)
from pipeline.errors import NotFound, RedrawError
from pipeline.records.forgetting import ForgetRequest
from pipeline.records.reading import read_record
from pipeline.records.runs import Lease, Run, RunState
from pipeline.records.slot import Slot, SlotStatus
from pipeline.run_errors import LeaseHeld, RunFinished, RunPaused, TooLateToCancel
from pipeline.runs import slot as rules
from pipeline.runs.cancelling import cancel_run, is_overdue
from pipeline.runs.documents import read_run
from pipeline.runs.slot import parse_run
from pipeline.runs.trouble import add_trouble, is_paused

log = logging.getLogger(__name__)

T = TypeVar("T")


class SlottedRuns(ABC):
    """A RunStore over any store that has transactions."""

    @abstractmethod
    def _transact(self, work: Callable[[Documents], T]) -> T:
        """Return what `work` returns, after a commit of its writes.

        An error that it raises rolls back. It may be called several times, so it must have no
        other effect.
        """

    @abstractmethod
    def _look(self) -> Documents:
        """Return the documents for reading, outside of any transaction."""

    def _commit(self, work: Callable[[Documents], T | RedrawError]) -> T:
        """Do the same as `_transact`; an error that `work` returns is raised after the commit."""
        result = self._transact(work)
        if isinstance(result, RedrawError):
            raise result
        return result

    def request(self, run: Run, player: str | None = None) -> Run:
        freed: str | None = None

        def occupy_slot(documents: Documents) -> Run:
            nonlocal freed
            fields, slot = documents.read_run(run.id), documents.read_slot()
            occupant = documents.read_run(slot.run_id) if slot.run_id is not None else None
            freed = rules.find_dead(slot, occupant) or "; ".join(slot.faults)
            if slot.run_id is not None and rules.find_dead(slot, occupant) is None:
                if fields is None:
                    raise rules.refuse(slot, parse_run(slot.run_id, occupant))
                return read_run(run.id, fields)
            known = None if fields is None else read_run(run.id, fields)
            if known is not None and known.state.ended:
                freed = None
                return known
            for run_id, others in documents.read_unfinished():
                other = parse_run(run_id, others)
                if other is not None and run_id != run.id:
                    end_displaced(documents, run_id, other, slot)
            if known is None:
                create_run(documents, run, player)
            enter_slot(documents, run.id, slot)
            return known or run

        requested = self._transact(occupy_slot)
        if freed:
            log.warning("the slot was taken from a run that cannot go on: %s", freed)
        return requested

    def player_of(self, run_id: str) -> ForgetRequest:
        fields = self._look().read_request(run_id)
        if fields is None:
            raise NotFound(
                f"the request of run {run_id} is not there any more, so it is not known whom to "
                "forget: ask for it again with `redraw forget PLAYER`"
            )
        return read_record(ForgetRequest, f"forget_requests/{run_id}", fields)

    def get(self, run_id: str) -> Run:
        return load_run(self._look(), run_id)

    def slot(self) -> SlotStatus:
        documents = self._look()
        slot = documents.read_slot()
        fields = None if slot.run_id is None else documents.read_run(slot.run_id)
        return SlotStatus(slot, parse_run(slot.run_id, fields), rules.find_dead(slot, fields))

    def abandoned(self) -> Run | None:
        documents = self._look()
        slot = documents.read_slot()
        if slot.run_id is None and not slot.faults:
            return None
        fields = None if slot.run_id is None else documents.read_run(slot.run_id)
        run = parse_run(slot.run_id, fields)
        if run is not None and self._end_cancelled(run, slot):
            return None
        if slot.live:
            return None
        if slot.run_id is None or rules.find_dead(slot, fields):
            self._free_dead()
            return None
        return run if run is not None and not is_paused(run, slot.at) else None

    def _end_cancelled(self, run: Run, slot: Slot) -> bool:
        """End a run whose cancellation no worker carries out; return whether it has ended so."""
        if run.cancel_requested_at is None or (slot.live and not is_overdue(run, slot.at)):
            return False
        try:
            return self.cancel(run.id, run.cancel_requested_by or "").state is RunState.CANCELLED
        except TooLateToCancel:
            return False

    def _free_dead(self) -> None:
        """Free the slot if its run can never go on, or it names none that could be one."""

        def free(documents: Documents) -> str | None:
            slot = documents.read_slot()
            fields = None if slot.run_id is None else documents.read_run(slot.run_id)
            reason = rules.find_dead(slot, fields)
            if slot.run_id is None and slot.faults:
                reason = "; ".join(slot.faults)
            if reason:
                documents.write_slot(slot.hold(None))
            if reason and slot.run_id is not None:
                documents.delete_request(slot.run_id)
            return reason

        reason = self._transact(free)
        if reason:
            log.warning("the slot was freed: %s", reason)

    def cancel(self, run_id: str, by: str) -> Run:
        def write(documents: Documents) -> Run:
            run, slot = load_run(documents, run_id), documents.read_slot()
            executed = slot.live and slot.run_id == run_id
            changes = cancel_run(run, by, slot.at, executed=executed)
            if not changes:
                return run
            return change_run(documents, run_id, run, changes, slot)

        return self._transact(write)

    def claim(self, run_id: str, holder: str, seconds: float, *, early: bool = False) -> Lease:
        def take_lease(documents: Documents) -> Lease | RedrawError:
            fields, slot = documents.read_run(run_id), documents.read_slot()
            if slot.run_id == run_id and (dead := rules.find_dead(slot, fields)):
                documents.write_slot(slot.hold(None))
                documents.delete_request(run_id)
                return RunFinished(dead) if parse_run(run_id, fields) else NotFound(dead)
            # The same holder may repeat its claim: the answer to the first may have been lost.
            if slot.run_id == run_id and slot.live and slot.holder != holder:
                raise LeaseHeld(f"run {run_id} is being executed by {slot.holder}")
            run = load_run(documents, run_id)
            if run.state.ended or slot.run_id != run_id:
                raise RunFinished(f"run {run_id} is not in the slot: {run.state}")
            if is_paused(run, slot.at) and not early:
                raise RunPaused(rules.describe(SlotStatus(slot, run, None)))
            lease = Lease(run_id, rules.next_fence(slot))
            claimed = slot._replace(
                holder=holder,
                since=slot.at,
                until=slot.at + timedelta(seconds=seconds),
                fence=lease.fence,
            )
            documents.write_slot(claimed)
            deaths = run.deaths + count_death(slot, run)
            taken = run.model_copy(update={"attempts": run.attempts + 1, "deaths": deaths})
            documents.update_run(run_id, taken.changes(("attempts", "deaths")))
            return lease

        return self._commit(take_lease)

    def renew(self, lease: Lease, seconds: float) -> None:
        def extend(documents: Documents) -> None:
            slot = documents.read_slot()
            rules.check_lease(slot, lease)
            until = slot.at + timedelta(seconds=seconds)
            given_up = slot.hold(lease.run_id)
            documents.write_slot(slot._replace(until=until) if seconds > 0 else given_up)

        self._transact(extend)

    def record(self, lease: Lease, changes: Mapping[str, Any]) -> Run:
        def write(documents: Documents) -> Run | RedrawError:
            held = check_run(documents, lease)
            if isinstance(held, RedrawError):
                return held
            return change_run(documents, lease.run_id, held.run, changes, held.slot)

        return self._commit(write)

    def pause(self, lease: Lease, message: str, patience: timedelta, *, free: bool = True) -> Run:
        def write(documents: Documents) -> Run | RedrawError:
            held = check_run(documents, lease)
            if isinstance(held, RedrawError):
                return held
            slot = held.slot
            changes = add_trouble(held.run, lease, message, patience, slot.at)
            changed = change_run(documents, lease.run_id, held.run, changes, slot)
            if free and not changed.state.ended:
                documents.write_slot(slot.hold(lease.run_id))
            return changed

        return self._commit(write)
