"""The contract of a RunStore: cancelling a run."""

import pytest

from pipeline.errors import (
    LeaseLost,
    NotFound,
    RunInProgress,
    TooLateToCancel,
)
from pipeline.ports import RunStore
from pipeline.records.runs import RunState
from tests.contract._runs import ENDS, a_run, ended, leased


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


def test_a_run_that_publishes_cannot_be_cancelled(runs: RunStore) -> None:
    runs.record(leased(runs), {"state": RunState.PUBLISHING})
    with pytest.raises(TooLateToCancel):
        runs.cancel("run-1", "anna")


def test_an_ended_run_that_is_cancelled_again_leaves_the_next_one_its_slot(runs: RunStore) -> None:
    runs.request(a_run("run-1"))
    runs.cancel("run-1", "anna")
    lease = leased(runs, name="run-2")
    assert runs.cancel("run-1", "anna").state is RunState.CANCELLED
    runs.renew(lease, 60)


def test_a_run_that_does_not_exist_cannot_be_cancelled(runs: RunStore) -> None:
    with pytest.raises(NotFound):
        runs.cancel("run-9", "anna")
