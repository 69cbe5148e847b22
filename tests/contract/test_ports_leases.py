"""The contract of a RunStore: who may execute a run. No test waits for a lease to run out."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from pipeline.errors import NotFound
from pipeline.ports import RunStore
from pipeline.records.runs import Lease, RunState
from pipeline.run_errors import LeaseHeld, LeaseLost, RunFinished, RunInProgress
from tests.contract._runs import ENDS, a_run, ended, leased, superseded

# Abandoned runs


def test_without_a_run_none_is_abandoned(runs: RunStore) -> None:
    assert runs.abandoned() is None


def test_a_run_that_was_never_claimed_is_abandoned(runs: RunStore) -> None:
    runs.request(a_run())
    assert runs.abandoned() == runs.get("run-1")


def test_a_run_that_is_executed_is_not_abandoned(runs: RunStore) -> None:
    leased(runs)
    assert runs.abandoned() is None


def test_a_run_whose_lease_ran_out_is_abandoned(runs: RunStore) -> None:
    leased(runs, 0)
    assert runs.abandoned() == runs.get("run-1")


def test_a_run_whose_lease_was_given_up_is_abandoned(runs: RunStore) -> None:
    runs.renew(leased(runs), 0)
    assert runs.abandoned() == runs.get("run-1")


def test_a_run_whose_lease_was_renewed_is_not_abandoned(runs: RunStore) -> None:
    runs.renew(leased(runs, 0), 60)
    assert runs.abandoned() is None


def test_a_run_that_was_taken_over_is_not_abandoned(runs: RunStore) -> None:
    superseded(runs)
    assert runs.abandoned() is None


def test_an_ended_run_is_not_abandoned(runs: RunStore) -> None:
    ended(runs)
    assert runs.abandoned() is None


def test_a_run_requested_after_another_one_ended_is_abandoned(runs: RunStore) -> None:
    ended(runs)
    runs.request(a_run("run-2"))
    assert runs.abandoned() == runs.get("run-2")


# Claims


@pytest.mark.parametrize("name", ["run-9", "a/b", ""])
def test_an_unknown_run_is_not_claimed(runs: RunStore, name: str) -> None:
    with pytest.raises(NotFound):
        runs.claim(name, "worker", 60)


@pytest.mark.parametrize("state", ENDS)
def test_an_ended_run_is_not_claimed(runs: RunStore, state: RunState) -> None:
    ended(runs, state=state)
    with pytest.raises(RunFinished):
        runs.claim("run-1", "worker", 60)


def test_an_ended_run_is_not_claimed_while_another_holds_the_slot(runs: RunStore) -> None:
    ended(runs)
    leased(runs, name="run-2")
    with pytest.raises(RunFinished):
        runs.claim("run-1", "worker", 60)


def test_a_run_is_not_claimed_while_the_lease_of_another_lasts(runs: RunStore) -> None:
    leased(runs)
    with pytest.raises(LeaseHeld):
        runs.claim("run-1", "other", 60)


def test_a_refused_claim_does_not_disturb_the_holder(runs: RunStore) -> None:
    lease = leased(runs)
    with pytest.raises(LeaseHeld):
        runs.claim("run-1", "other", 60)
    assert runs.record(lease, {"revision": 1}).revision == 1


def test_a_refused_claim_is_no_attempt(runs: RunStore) -> None:
    leased(runs)
    with pytest.raises(LeaseHeld):
        runs.claim("run-1", "other", 60)
    assert runs.get("run-1").attempts == 1


def test_a_renewed_lease_lasts(runs: RunStore) -> None:
    runs.renew(leased(runs, 0), 60)
    with pytest.raises(LeaseHeld):
        runs.claim("run-1", "other", 60)


@pytest.mark.slow
def test_a_lease_lasts_its_seconds_and_no_longer(runs: RunStore) -> None:
    leased(runs, 1)
    with pytest.raises(LeaseHeld):
        runs.claim("run-1", "other", 60)
    time.sleep(1)
    assert runs.claim("run-1", "other", 60).run_id == "run-1"


def test_a_holder_may_claim_its_run_again(runs: RunStore) -> None:
    first = leased(runs)
    assert runs.claim("run-1", "worker", 60).fence > first.fence


def test_a_holder_that_claims_again_loses_its_first_lease(runs: RunStore) -> None:
    first = leased(runs)
    runs.claim("run-1", "worker", 60)
    with pytest.raises(LeaseLost):
        runs.renew(first, 60)


def test_a_claim_names_its_run(runs: RunStore) -> None:
    assert leased(runs).run_id == "run-1"


def test_fences_rise_with_every_claim(runs: RunStore) -> None:
    first, second = superseded(runs)
    assert second.fence > first.fence


def test_fences_rise_from_run_to_run(runs: RunStore) -> None:
    assert ended(runs, "run-1").fence < leased(runs, name="run-2").fence


def test_a_run_that_was_never_claimed_has_no_attempts(runs: RunStore) -> None:
    assert runs.request(a_run()).attempts == 0


def test_every_claim_is_an_attempt(runs: RunStore) -> None:
    superseded(runs)
    assert runs.get("run-1").attempts == 2


def test_a_claim_changes_nothing_else(runs: RunStore) -> None:
    before = runs.request(a_run(requested_by="ada"))
    runs.claim("run-1", "worker", 60)
    assert runs.get("run-1") == before.model_copy(update={"attempts": 1})


def test_of_many_who_claim_a_run_one_gets_it(
    runs: RunStore, at_once: Callable[..., list[Any]]
) -> None:
    runs.request(a_run())
    results = at_once(
        [lambda holder=str(number): runs.claim("run-1", holder, 60) for number in range(6)]
    )
    winners = [result for result in results if not isinstance(result, LeaseHeld)]
    assert ([winner.run_id for winner in winners], runs.get("run-1").attempts) == (["run-1"], 1)


# Lost leases


def test_a_stale_lease_is_not_renewed(runs: RunStore) -> None:
    stale, _ = superseded(runs)
    with pytest.raises(LeaseLost):
        runs.renew(stale, 60)


def test_a_stale_renewal_does_not_shorten_the_lease_of_another(runs: RunStore) -> None:
    stale, _ = superseded(runs)
    with pytest.raises(LeaseLost):
        runs.renew(stale, 0)
    assert runs.abandoned() is None


def test_a_stale_lease_records_nothing(runs: RunStore) -> None:
    stale, _ = superseded(runs)
    before = runs.get("run-1")
    with pytest.raises(LeaseLost):
        runs.record(stale, {"revision": 9})
    assert runs.get("run-1") == before


def test_a_stale_lease_ends_no_run(runs: RunStore) -> None:
    stale, _ = superseded(runs)
    with pytest.raises(LeaseLost):
        runs.record(stale, {"state": RunState.FAILED})
    with pytest.raises(RunInProgress):
        runs.request(a_run("run-2"))


def test_the_newest_lease_goes_on_after_a_stale_one_was_refused(runs: RunStore) -> None:
    stale, newest = superseded(runs)
    with pytest.raises(LeaseLost):
        runs.record(stale, {"revision": 9})
    assert runs.record(newest, {"revision": 1}).revision == 1


def test_a_lease_that_ran_out_is_good_until_the_run_is_claimed(runs: RunStore) -> None:
    assert runs.record(leased(runs, 0), {"revision": 1}).revision == 1


def test_the_lease_of_an_ended_run_is_not_renewed(runs: RunStore) -> None:
    lease = ended(runs)
    with pytest.raises(LeaseLost):
        runs.renew(lease, 60)


def test_the_lease_of_an_ended_run_records_nothing(runs: RunStore) -> None:
    lease = ended(runs)
    before = runs.get("run-1")
    with pytest.raises(LeaseLost):
        runs.record(lease, {"state": RunState.FAILED})
    assert runs.get("run-1") == before


@pytest.mark.parametrize("claimed", [False, True])
def test_the_lease_of_an_ended_run_is_no_good_for_the_next_one(
    runs: RunStore, claimed: bool
) -> None:
    lease = ended(runs)
    runs.request(a_run("run-2"))
    if claimed:
        runs.claim("run-2", "worker", 60)
    with pytest.raises(LeaseLost):
        runs.record(lease, {"revision": 9})


def test_an_invented_lease_records_nothing(runs: RunStore) -> None:
    lease = leased(runs)
    with pytest.raises(LeaseLost):
        runs.record(Lease("run-1", lease.fence + 1), {"revision": 9})


def test_the_fence_of_one_run_is_no_good_for_another(runs: RunStore) -> None:
    ended(runs, "run-1")
    fence = leased(runs, name="run-2").fence
    with pytest.raises(LeaseLost):
        runs.record(Lease("run-1", fence), {"revision": 9})


def test_before_the_first_claim_there_is_no_lease(runs: RunStore) -> None:
    runs.request(a_run())
    with pytest.raises(LeaseLost):
        runs.renew(Lease("run-1", 1), 60)
