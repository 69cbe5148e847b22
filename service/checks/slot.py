"""Check the slot for `redraw doctor`: what it holds, what is wrong, and what to do."""

from datetime import timedelta

from pipeline.errors import RedrawError
from pipeline.ports import RunStore
from pipeline.records.slot import SlotStatus
from pipeline.runs.slot import describe
from pipeline.runs.trouble import is_paused
from service.checks.check import Finding

TAKEN_UP_WITHIN = timedelta(minutes=5)
"""The sweep, each minute by default, gives a run that no worker executes to a worker."""


def check_slot(runs: RunStore) -> Finding:
    """Return what the slot holds, and what is wrong with it and what to do."""
    try:
        status = runs.slot()
    except RedrawError as error:
        return Finding("slot leases/retraining", str(error))
    return Finding(f"slot leases/retraining: {describe(status)}", find_slot_problem(status))


def find_slot_problem(status: SlotStatus) -> str | None:
    """Return what is wrong with the slot, and what to do; None if nothing is."""
    slot, run, dead = status
    wrong = "; ".join([*slot.faults, *([dead] if dead else [])])
    if dead or (slot.run_id is None and wrong):
        return f"{wrong}: nothing is lost; the next request or the sweep of a worker frees the slot"
    if wrong:
        return f"{wrong}: the next worker that goes on with the run corrects it"
    if run is None or slot.live or is_paused(run, slot.at):
        return None
    left = max(slot.until, run.updated_at or run.requested_at)
    if slot.at - left > TAKEN_UP_WITHIN:
        return "no worker takes the run up: start a worker and beat, or call `redraw retrain`"
    return None
