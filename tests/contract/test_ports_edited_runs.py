"""The contract of a RunStore: a worker notices that its run was deleted or edited, and stops."""

from collections.abc import Callable
from typing import Any

import pytest

from pipeline.records.runs import Lease, RunState
from pipeline.run_errors import LeaseLost, RunLost
from tests.contract._runs import ENDS, SLOT, a_run, change, leased
from tests.contract._versions import ready

RUN = "training_runs/run-1"

Write = Callable[[Any, Lease], Any]
WRITES: dict[str, Write] = {
    "record": lambda runs, lease: runs.record(lease, {"revision": 1}),
    "a new state": lambda runs, lease: runs.record(lease, {"state": RunState.FITTING}),
    "an end": lambda runs, lease: runs.record(lease, {"state": RunState.FAILED}),
}
any_write = pytest.mark.parametrize(
    "write", [pytest.param(write, id=name) for name, write in WRITES.items()]
)


@any_write
def test_a_deleted_run_is_not_made_again_and_its_slot_is_freed(world: Any, write: Write) -> None:
    lease = leased(world.ports.runs)
    world.edit(RUN, None)
    with pytest.raises(RunLost, match="run-1 was deleted"):
        write(world.ports.runs, lease)
    assert world.read(RUN) is None
    assert world.read(SLOT)["runId"] is None
    assert world.ports.runs.request(a_run("run-2")).id == "run-2"


@any_write
@pytest.mark.parametrize("state", [7, None, "paused", ["merging"]], ids=repr)
def test_a_run_whose_state_is_nonsense_is_left_as_it_is_and_its_slot_is_freed(
    world: Any, write: Write, state: Any
) -> None:
    lease = leased(world.ports.runs)
    change(world, RUN, state=state)
    edited = world.read(RUN)
    with pytest.raises(RunLost, match="cannot be read"):
        write(world.ports.runs, lease)
    assert world.read(RUN) == edited
    assert world.read(SLOT)["runId"] is None


@any_write
@pytest.mark.parametrize("state", ENDS)
def test_a_run_that_was_ended_by_hand_stays_ended_and_its_slot_is_freed(
    world: Any, write: Write, state: RunState
) -> None:
    lease = leased(world.ports.runs)
    change(world, RUN, state=str(state))
    with pytest.raises(LeaseLost, match=f"ended in Firestore: {state}"):
        write(world.ports.runs, lease)
    assert world.ports.runs.get("run-1").state is state
    assert world.read(SLOT)["runId"] is None


@any_write
def test_a_worker_whose_slot_was_taken_away_ends_its_run(world: Any, write: Write) -> None:
    lease = leased(world.ports.runs)
    world.edit(SLOT, None)
    with pytest.raises(LeaseLost, match="lost its slot"):
        write(world.ports.runs, lease)
    run = world.ports.runs.get("run-1")
    assert (run.state, run.revision) == (RunState.FAILED, None)
    assert "leases/retraining" in run.reason


def test_a_worker_whose_slot_was_given_to_another_run_leaves_that_one_alone(world: Any) -> None:
    lease = leased(world.ports.runs)
    change(world, SLOT, runId=None)
    newest = leased(world.ports.runs, name="run-2")
    with pytest.raises(LeaseLost):
        world.ports.runs.record(lease, {"revision": 1})
    assert world.ports.runs.record(newest, {"revision": 2}).revision == 2


@pytest.mark.parametrize(
    "edit",
    [
        lambda world: world.edit(RUN, None),
        lambda world: change(world, RUN, state="cancelled"),
        lambda world: change(world, RUN, state=7),
        lambda world: world.edit(SLOT, None),
    ],
    ids=["deleted", "cancelled", "unreadable", "slot deleted"],
)
def test_a_run_edited_by_hand_promotes_nothing_and_frees_the_slot(
    world: Any, edit: Callable[[Any], None]
) -> None:
    version = ready(world.ports.models)
    lease = leased(world.ports.runs)
    edit(world)
    with pytest.raises(LeaseLost):
        world.ports.models.promote(version, lease=lease, by="owner", why="it is better")
    assert world.ports.models.release() is None
    assert world.ports.runs.slot().slot.run_id is None
    assert world.ports.runs.request(a_run("run-2")).id == "run-2"


def test_fields_that_redraw_does_not_know_do_not_stop_a_run(world: Any) -> None:
    lease = leased(world.ports.runs)
    change(world, RUN, note="do not touch")
    world.ports.runs.record(lease, {"state": RunState.PROMOTED})
    assert world.read(RUN)["note"] == "do not touch"
