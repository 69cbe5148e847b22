"""The contract of a RunStore: a run waits after a temporary fault; deaths are counted."""

from datetime import timedelta
from typing import Any

import pytest

from pipeline.ports import RunStore
from pipeline.records.runs import Lease, RunState
from pipeline.run_errors import LeaseHeld, LeaseLost, RunLost, RunPaused
from tests.contract._runs import a_run, change, leased, superseded

HOUR = timedelta(hours=1)
RUN = "training_runs/run-1"


def paused(runs: RunStore) -> Lease:
    """The lease of a worker that met a fault."""
    lease = leased(runs)
    runs.pause(lease, "Storage is not available", HOUR)
    return lease


def let_the_pause_end(world: Any, by: timedelta = timedelta()) -> None:
    """As if all times of the run's trouble were `by` longer ago, and its pause over."""
    trouble = world.read(RUN)["trouble"]
    now = world.ports.runs.slot().slot.at
    change(world, RUN, trouble={**trouble, "retryAt": now, "since": trouble["since"] - by})


def test_a_paused_run_says_why_it_waits_and_keeps_its_slot(runs: RunStore) -> None:
    paused(runs)
    run = runs.get("run-1")
    assert run.trouble is not None
    assert run.trouble.message == "Storage is not available"
    assert "waiting until" in run.progress.message
    assert run.state is RunState.REQUESTED
    assert runs.slot().slot.run_id == "run-1"


def test_a_paused_run_is_not_queued_by_the_sweep(runs: RunStore) -> None:
    paused(runs)
    assert runs.abandoned() is None


def test_a_paused_run_is_not_claimed(runs: RunStore) -> None:
    paused(runs)
    with pytest.raises(RunPaused, match="Storage is not available"):
        runs.claim("run-1", "other", 60)


def test_a_paused_run_is_claimed_by_who_does_not_want_to_wait(runs: RunStore) -> None:
    lease = paused(runs)
    assert runs.claim("run-1", "other", 60, early=True).fence > lease.fence


def test_a_run_is_queued_and_claimed_when_its_pause_is_over(world: Any) -> None:
    paused(world.ports.runs)
    let_the_pause_end(world)
    assert world.ports.runs.abandoned().id == "run-1"
    world.ports.runs.claim("run-1", "other", 60)


def test_the_pauses_double_up_to_five_minutes(world: Any) -> None:
    runs, pauses = world.ports.runs, []
    runs.request(a_run())
    for number in range(7):
        lease = runs.claim("run-1", f"worker-{number}", 60)
        run = runs.pause(lease, "Storage", HOUR)
        pauses.append(round((run.trouble.retry_at - run.updated_at).total_seconds()))
        let_the_pause_end(world)
    assert pauses == [10, 20, 40, 80, 160, 300, 300]


def test_faults_within_one_pause_count_as_one(runs: RunStore) -> None:
    lease = leased(runs)
    first = runs.pause(lease, "Storage", HOUR, free=False)
    again = runs.pause(lease, "Storage", HOUR, free=False)
    assert first.trouble is not None
    assert again.trouble is not None
    assert (again.trouble.times, again.trouble.retry_at) == (1, first.trouble.retry_at)


def test_a_lease_that_is_kept_lasts_although_the_run_met_a_fault(runs: RunStore) -> None:
    lease = leased(runs)
    runs.pause(lease, "Storage", HOUR, free=False)
    with pytest.raises(LeaseHeld):
        runs.claim("run-1", "other", 60, early=True)
    runs.renew(lease, 60)


def test_a_run_that_gets_no_further_for_too_long_fails_and_frees_the_slot(world: Any) -> None:
    runs = world.ports.runs
    paused(runs)
    let_the_pause_end(world, by=HOUR)
    run = runs.pause(runs.claim("run-1", "other", 60), "Storage is still not available", HOUR)
    assert (run.state, run.trouble) == (RunState.FAILED, None)
    assert "Storage is still not available" in run.reason
    assert "stay pending" in run.reason
    assert runs.get("run-1") == run
    assert runs.request(a_run("run-2")).id == "run-2"


def test_a_run_goes_on_for_as_long_as_the_patience_lasts(world: Any) -> None:
    runs = world.ports.runs
    paused(runs)
    let_the_pause_end(world, by=HOUR - timedelta(minutes=1))
    assert not runs.pause(runs.claim("run-1", "other", 60), "Storage", HOUR).state.ended


def test_trouble_that_was_taken_back_begins_anew(world: Any) -> None:
    runs = world.ports.runs
    paused(runs)
    let_the_pause_end(world, by=HOUR)
    lease = runs.claim("run-1", "other", 60)
    runs.record(lease, {"trouble": None})
    run = runs.pause(lease, "Storage", HOUR)
    assert run.trouble.times == 1
    assert run.trouble.since == run.updated_at


def test_a_stale_lease_pauses_nothing(runs: RunStore) -> None:
    stale, _ = superseded(runs)
    with pytest.raises(LeaseLost):
        runs.pause(stale, "Storage", HOUR)
    assert runs.get("run-1").trouble is None


def test_a_deleted_run_is_not_paused(world: Any) -> None:
    lease = leased(world.ports.runs)
    world.edit(RUN, None)
    with pytest.raises(RunLost):
        world.ports.runs.pause(lease, "Storage", HOUR)
    assert world.read(RUN) is None


# Deaths


def test_a_lease_that_ran_out_is_a_death(runs: RunStore) -> None:
    superseded(runs)
    assert runs.get("run-1").deaths == 1


def test_a_first_claim_is_no_death(runs: RunStore) -> None:
    leased(runs)
    assert runs.get("run-1").deaths == 0


def test_a_lease_that_was_given_up_is_no_death(runs: RunStore) -> None:
    runs.renew(leased(runs), 0)
    runs.claim("run-1", "other", 60)
    assert runs.get("run-1").deaths == 0


def test_a_claim_that_is_repeated_is_no_death(runs: RunStore) -> None:
    leased(runs)
    runs.claim("run-1", "worker", 60)
    assert runs.get("run-1").deaths == 0


def test_a_fault_is_no_death(runs: RunStore) -> None:
    paused(runs)
    runs.claim("run-1", "other", 60, early=True)
    assert runs.get("run-1").deaths == 0


def test_a_lease_that_ran_out_after_a_fault_under_it_is_no_death(runs: RunStore) -> None:
    runs.pause(leased(runs, 0), "Storage", HOUR, free=False)
    runs.claim("run-1", "other", 60, early=True)
    assert runs.get("run-1").deaths == 0


def test_a_worker_that_dies_after_another_one_met_a_fault_is_a_death(runs: RunStore) -> None:
    paused(runs)
    runs.claim("run-1", "killed", 0, early=True)
    runs.claim("run-1", "other", 60, early=True)
    assert runs.get("run-1").deaths == 1
