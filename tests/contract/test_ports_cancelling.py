"""The contract of a RunStore: cancelling a run."""

from typing import Any

import pytest

from pipeline.errors import NotFound
from pipeline.ports import RunStore
from pipeline.records.runs import RunState
from pipeline.run_errors import LeaseLost, RunInProgress, TooLateToCancel
from pipeline.runs.cancelling import PATIENCE
from tests.contract._runs import ENDS, a_run, change, ended, leased


def test_a_run_that_waits_is_cancelled_at_once_and_frees_the_slot(runs: RunStore) -> None:
    runs.request(a_run("run-1"))
    run = runs.cancel("run-1", "anna")
    assert (run.state, run.reason) == (RunState.CANCELLED, "cancelled by anna")
    assert run == runs.get("run-1")
    assert runs.request(a_run("run-2")).state is RunState.REQUESTED


def test_a_run_whose_worker_died_is_cancelled_at_once(runs: RunStore) -> None:
    lease = leased(runs, 0)
    assert runs.cancel("run-1", "anna").state is RunState.CANCELLED
    with pytest.raises(LeaseLost):
        runs.record(lease, {"state": RunState.FITTING})


def test_a_run_that_is_executed_keeps_its_slot_until_its_worker_ends_it(runs: RunStore) -> None:
    lease = leased(runs)
    run = runs.cancel("run-1", "anna")
    assert (run.state, run.cancel_requested_by) == (RunState.REQUESTED, "anna")
    assert run.cancel_requested_at is not None
    with pytest.raises(RunInProgress):
        runs.request(a_run("run-2"))
    assert runs.record(lease, {"state": RunState.FITTING}).cancel_requested_by == "anna"
    runs.record(lease, {"state": RunState.CANCELLED})
    assert runs.request(a_run("run-2")).id == "run-2"


def test_cancelling_twice_changes_nothing(runs: RunStore) -> None:
    leased(runs)
    first = runs.cancel("run-1", "anna")
    again = runs.cancel("run-1", "ben")
    assert (again.cancel_requested_at, again.cancel_requested_by) == (
        first.cancel_requested_at,
        "anna",
    )


@pytest.mark.parametrize("state", [state for state in ENDS if state is not RunState.CANCELLED])
def test_a_run_that_has_ended_cannot_be_cancelled(runs: RunStore, state: RunState) -> None:
    ended(runs, state=state)
    with pytest.raises(TooLateToCancel):
        runs.cancel("run-1", "anna")
    assert runs.get("run-1").state is state


def test_a_run_that_has_published_cannot_be_cancelled(runs: RunStore) -> None:
    runs.record(leased(runs), {"state": RunState.PUBLISHING, "version": "v1.0.1"})
    with pytest.raises(TooLateToCancel, match=r"v1\.0\.1"):
        runs.cancel("run-1", "anna")


def test_a_worker_that_hangs_loses_the_run_to_a_second_call(world: Any) -> None:
    runs = world.ports.runs
    lease = leased(runs)
    asked = runs.cancel("run-1", "anna").cancel_requested_at
    assert runs.cancel("run-1", "anna").state is RunState.REQUESTED
    change(world, "training_runs/run-1", cancelRequestedAt=asked - PATIENCE)
    run = runs.cancel("run-1", "ben")
    assert (run.state, run.reason) == (RunState.CANCELLED, "cancelled by anna")
    with pytest.raises(LeaseLost):
        runs.record(lease, {"state": RunState.FITTING})
    assert runs.request(a_run("run-2")).id == "run-2"


def test_the_sweep_ends_a_cancelled_run_whose_worker_hangs_or_has_died(world: Any) -> None:
    runs = world.ports.runs
    leased(runs)
    asked = runs.cancel("run-1", "anna").cancel_requested_at
    assert runs.abandoned() is None
    assert runs.get("run-1").state is RunState.REQUESTED
    change(world, "training_runs/run-1", cancelRequestedAt=asked - PATIENCE)
    assert runs.abandoned() is None
    assert runs.get("run-1").state is RunState.CANCELLED


def test_the_sweep_needs_no_worker_for_a_cancelled_run_whose_lease_was_given_up(
    runs: RunStore,
) -> None:
    lease = leased(runs)
    runs.cancel("run-1", "anna")
    runs.renew(lease, 0)
    assert runs.abandoned() is None
    assert runs.get("run-1").state is RunState.CANCELLED


def test_a_run_notes_when_it_entered_each_state(runs: RunStore) -> None:
    lease = leased(runs)
    assert runs.get("run-1").entered == {}
    run = runs.record(lease, {"state": RunState.COLLECTING})
    assert run.entered == {"collecting": run.updated_at}
    fitting = runs.record(lease, {"state": RunState.FITTING})
    assert fitting == runs.record(lease, {"state": RunState.FITTING}).model_copy(
        update={"updated_at": fitting.updated_at}
    )
    ended = runs.record(lease, {"state": RunState.REJECTED})
    assert ended.entered == {**fitting.entered, "rejected": ended.updated_at}
    assert runs.get("run-1").entered == ended.entered


def test_an_ended_run_that_is_cancelled_again_leaves_the_next_one_its_slot(runs: RunStore) -> None:
    runs.request(a_run("run-1"))
    runs.cancel("run-1", "anna")
    lease = leased(runs, name="run-2")
    assert runs.cancel("run-1", "anna").state is RunState.CANCELLED
    runs.renew(lease, 60)


def test_a_run_that_does_not_exist_cannot_be_cancelled(runs: RunStore) -> None:
    with pytest.raises(NotFound):
        runs.cancel("run-9", "anna")
