"""The contract of a RunStore: a slot that holds no run that can go on blocks no request.

Slot and run are documents that an owner can edit in Firebase's console.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipeline.errors import NotFound
from pipeline.ports import RunStore
from pipeline.records.runs import RunState
from pipeline.run_errors import LeaseHeld, LeaseLost, RunFinished, RunInProgress
from tests.contract._runs import ENDS, SLOT, a_run, change, leased

RUN = "training_runs/run-1"
YEARS_AHEAD = datetime(2100, 1, 1, tzinfo=UTC)

Edit = Callable[[Any], None]


def delete_run(world: Any) -> None:
    world.edit(RUN, None)


def edit_run(**fields: Any) -> Edit:
    return lambda world: change(world, RUN, **fields)


def edit_slot(**fields: Any) -> Edit:
    return lambda world: change(world, SLOT, **fields)


# What the slot holds can never be executed. In each case a worker died before, so the lease has
# run out.
DEAD: dict[str, Edit] = {
    "its run was deleted": delete_run,
    **{f"its run was set to {state}": edit_run(state=str(state)) for state in ENDS},
    "its run has an unknown state": edit_run(state="paused"),
    "its run's state is a number": edit_run(state=7),
    "its run's state is null": edit_run(state=None),
    "its run has no time of request": edit_run(requestedAt="yesterday"),
    "its run is a copy of another": edit_run(id="run-9"),
    "its run is empty": lambda world: world.edit(RUN, {}),
    "runId is a number": edit_slot(runId=5),
    "runId is a map": edit_slot(runId={"id": "run-1"}),
    "runId is empty": edit_slot(runId=""),
    "runId is no id": edit_slot(runId="a/b"),
    "runId is of no run": edit_slot(runId="run-9"),
}
dead = pytest.mark.parametrize("edit", [pytest.param(edit, id=name) for name, edit in DEAD.items()])

# The slot's run can go on: the lease alone is nonsense.
NO_LEASE: dict[str, Edit] = {
    "expiresAt is a text": edit_slot(expiresAt="2026-11-30"),
    "expiresAt is a number": edit_slot(expiresAt=4_102_444_800),
    "expiresAt is null": edit_slot(expiresAt=None),
    "expiresAt is in 2100": edit_slot(expiresAt=YEARS_AHEAD),
    "holder is a number": edit_slot(holder=7),
    "holder is empty": edit_slot(holder=""),
}
no_lease = pytest.mark.parametrize(
    "edit", [pytest.param(edit, id=name) for name, edit in NO_LEASE.items()]
)


@dead
def test_a_dead_slot_is_taken_by_the_next_request(world: Any, edit: Edit) -> None:
    lease = leased(world.ports.runs, 0)
    edit(world)
    assert world.ports.runs.request(a_run("run-2")).id == "run-2"
    assert world.ports.runs.claim("run-2", "worker", 60).fence > lease.fence
    with pytest.raises(LeaseLost):
        world.ports.runs.renew(lease, 60)


@dead
def test_a_dead_slot_is_freed_by_the_sweep_which_says_why(
    world: Any, edit: Edit, caplog: pytest.LogCaptureFixture
) -> None:
    leased(world.ports.runs, 0)
    edit(world)
    with caplog.at_level(logging.WARNING):
        assert world.ports.runs.abandoned() is None
    assert world.read(SLOT)["runId"] is None
    assert [line for line in caplog.messages if "the slot was freed" in line]


@pytest.mark.parametrize("edit", [delete_run, edit_run(state="failed")], ids=["deleted", "ended"])
def test_a_dead_run_is_replaced_although_its_lease_lasts(world: Any, edit: Edit) -> None:
    leased(world.ports.runs, 60)
    edit(world)
    assert world.ports.runs.request(a_run("run-2")).id == "run-2"


def test_a_run_that_cannot_be_read_keeps_its_slot_while_a_worker_executes_it(world: Any) -> None:
    leased(world.ports.runs, 60)
    change(world, RUN, state="a state of a newer version")
    assert world.ports.runs.abandoned() is None
    with pytest.raises(RunInProgress) as refusal:
        world.ports.runs.request(a_run("run-2"))
    assert (refusal.value.state, refusal.value.holder) == (None, "worker")
    with pytest.raises(LeaseHeld):
        world.ports.runs.claim("run-1", "other", 60)


@no_lease
def test_a_run_whose_lease_is_nonsense_is_abandoned_and_claimed(world: Any, edit: Edit) -> None:
    lease = leased(world.ports.runs, 60)
    edit(world)
    assert world.ports.runs.abandoned() == world.ports.runs.get("run-1")
    assert world.ports.runs.claim("run-1", "other", 60).fence > lease.fence
    assert world.ports.runs.slot().slot.faults == ()


def test_a_lease_is_believed_up_to_the_longest_that_redraw_gives(world: Any) -> None:
    leased(world.ports.runs, 60)
    change(world, SLOT, expiresAt=world.ports.runs.slot().slot.at + timedelta(minutes=9))
    with pytest.raises(LeaseHeld):
        world.ports.runs.claim("run-1", "other", 60)


@pytest.mark.parametrize("fence", ["seven", None, True, 1.5, -1, 0, 1, 2**63 - 1, [3]], ids=repr)
def test_the_fence_rises_whatever_is_written_there(world: Any, fence: Any) -> None:
    stale = leased(world.ports.runs, 0)
    change(world, SLOT, fence=fence)
    newest = world.ports.runs.claim("run-1", "other", 60)
    assert newest.fence > stale.fence
    with pytest.raises(LeaseLost):
        world.ports.runs.record(stale, {"revision": 9})
    assert world.ports.runs.record(newest, {"revision": 1}).revision == 1


def test_a_worker_of_a_run_that_was_deleted_with_its_slot_does_not_write_to_its_namesake(
    world: Any,
) -> None:
    stale = leased(world.ports.runs, 60)
    world.edit(SLOT, None)
    world.edit(RUN, None)
    newest = leased(world.ports.runs, 60)
    assert newest.fence > stale.fence
    with pytest.raises(LeaseLost):
        world.ports.runs.record(stale, {"revision": 9})


@pytest.mark.parametrize("edit", [lambda world: world.edit(SLOT, None), edit_slot(runId=None)])
def test_a_run_that_lost_its_slot_is_ended_when_the_next_one_takes_it(
    world: Any, edit: Edit
) -> None:
    world.ports.runs.record(leased(world.ports.runs, 0), {"state": RunState.MERGING})
    edit(world)
    world.ports.runs.request(a_run("run-2"))
    run = world.ports.runs.get("run-1")
    assert run.state is RunState.FAILED
    assert "lost its slot" in run.reason
    assert world.ports.runs.slot().slot.run_id == "run-2"


def test_a_run_that_lost_its_slot_gets_it_back_when_it_is_requested_again(world: Any) -> None:
    world.ports.runs.record(leased(world.ports.runs, 0), {"state": RunState.MERGING})
    world.edit(SLOT, None)
    assert world.ports.runs.request(a_run()).state is RunState.MERGING
    assert world.ports.runs.abandoned().id == "run-1"


def test_a_run_that_ended_is_given_again_over_a_dead_slot(world: Any) -> None:
    world.ports.runs.record(leased(world.ports.runs), {"state": RunState.PROMOTED})
    leased(world.ports.runs, 0, "run-2")
    world.edit("training_runs/run-2", None)
    assert world.ports.runs.request(a_run()).state is RunState.PROMOTED


def test_a_dead_run_is_not_claimed_and_frees_the_slot(world: Any) -> None:
    leased(world.ports.runs, 0)
    world.edit(RUN, None)
    with pytest.raises(NotFound):
        world.ports.runs.claim("run-1", "other", 60)
    assert world.read(SLOT)["runId"] is None


def test_a_run_ended_in_the_console_is_not_claimed_and_frees_the_slot(world: Any) -> None:
    leased(world.ports.runs, 0)
    change(world, RUN, state="cancelled")
    with pytest.raises(RunFinished):
        world.ports.runs.claim("run-1", "other", 60)
    assert world.read(SLOT)["runId"] is None


def test_the_refusal_says_who_executes_the_run_since_when_and_until_when(runs: RunStore) -> None:
    runs.request(a_run(requested_by="ada"))
    runs.claim("run-1", "machine:7", 60)
    with pytest.raises(RunInProgress) as refusal:
        runs.request(a_run("run-2"))
    error, until = refusal.value, runs.slot().slot.until
    assert (error.run_id, error.state, error.live) == ("run-1", RunState.REQUESTED, True)
    assert (error.holder, error.until) == ("machine:7", until)
    for words in ("run-1", "requested", "ada", "machine:7", f"{until:%H:%M:%S} UTC"):
        assert words in str(error)


def test_the_refusal_says_that_no_worker_executes_the_run(runs: RunStore) -> None:
    leased(runs, 0)
    with pytest.raises(RunInProgress, match="no worker executes it") as refusal:
        runs.request(a_run("run-2"))
    assert (refusal.value.live, refusal.value.holder, refusal.value.until) == (False, None, None)


def test_the_status_of_a_slot_that_was_never_used_is_free(runs: RunStore) -> None:
    status = runs.slot()
    assert (status.slot.run_id, status.slot.faults, status.dead) == (None, (), None)
