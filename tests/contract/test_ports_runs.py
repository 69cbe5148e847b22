"""The contract of a RunStore. A lease of no seconds has run out at once: no test waits for one."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipeline.errors import LeaseHeld, LeaseLost, NotFound, RunFinished, RunInProgress
from pipeline.ports import RunStore
from pipeline.records.metrics import Comparison, Metrics
from pipeline.records.runs import Counts, Decision, Lease, Progress, Run, RunState, Trigger

NOW = datetime(2026, 3, 4, 5, 6, 7, 891000, UTC)
ENDS = [state for state in RunState if state.ended]
METRICS = Metrics(
    rows=4,
    accuracy=0.75,
    loss=0.5,
    recall={"cat": 1.0},
    precision={"cat": 0.5},
    confusion=[2, 0, 1, 1],
)
COMPARISON = Comparison(champion=METRICS, challenger=METRICS)
WHOLE: dict[str, Any] = {
    "state": RunState.JUDGING,
    "started_at": NOW + timedelta(seconds=1),
    "ended_at": NOW + timedelta(seconds=2),
    "progress": Progress(message="fitting", done=3, total=9),
    "counts": Counts(
        collected=9, merged=5, quarantined=3, refused=1, reasons={"blank": 1, "a.b `c`": 3}
    ),
    "seconds": {"collecting": 1.25, "a.b": 2.0},
    "champion": "v1.0.0",
    "release_fence": 4,
    "revision": 2,
    "version": "v1.0.1",
    "decision": Decision(
        outcome=RunState.REJECTED, reasons=["worse", "much"], base=COMPARISON, players=COMPARISON
    ),
    "reason": "worse",
}


def a_run(name: str = "run-1", **more: Any) -> Run:
    return Run(id=name, requested_at=more.pop("requested_at", NOW), **more)


def leased(runs: RunStore, seconds: float = 60, name: str = "run-1") -> Lease:
    """A lease on a new run."""
    runs.request(a_run(name))
    return runs.claim(name, "worker", seconds)


def superseded(runs: RunStore) -> tuple[Lease, Lease]:
    """A lease that ran out, and the one of the worker that took the run over."""
    return leased(runs, 0), runs.claim("run-1", "other", 60)


def ended(runs: RunStore, name: str = "run-1", state: RunState = RunState.PROMOTED) -> Lease:
    """The lease of a run that has ended."""
    lease = leased(runs, name=name)
    runs.record(lease, {"state": state})
    return lease


# Requests


def test_a_second_run_is_refused_while_the_first_waits(runs: RunStore) -> None:
    runs.request(a_run("run-1"))
    with pytest.raises(RunInProgress):
        runs.request(a_run("run-2"))


def test_a_second_run_is_refused_while_the_first_is_executed(runs: RunStore) -> None:
    leased(runs)
    with pytest.raises(RunInProgress):
        runs.request(a_run("run-2"))


def test_a_second_run_is_refused_when_the_first_was_abandoned(runs: RunStore) -> None:
    leased(runs, 0)
    with pytest.raises(RunInProgress):
        runs.request(a_run("run-2"))


def test_the_refusal_says_which_run_is_in_progress(runs: RunStore) -> None:
    runs.request(a_run("run-1"))
    with pytest.raises(RunInProgress) as refusal:
        runs.request(a_run("run-2"))
    assert refusal.value.run_id == "run-1"


def test_a_refused_run_is_not_recorded(runs: RunStore) -> None:
    runs.request(a_run("run-1"))
    with pytest.raises(RunInProgress):
        runs.request(a_run("run-2"))
    assert [run.id for run in runs.list()] == ["run-1"]


def test_a_request_gives_the_run_as_it_is_kept(runs: RunStore) -> None:
    asked = a_run(trigger=Trigger.CLOCK, requested_by="ada", idempotency_key="key")
    assert (runs.request(asked), runs.get("run-1")) == (asked, asked)


def test_the_same_request_again_gives_the_first_run(runs: RunStore) -> None:
    first = runs.request(a_run(requested_by="ada"))
    assert runs.request(a_run(requested_by="bob", requested_at=NOW + timedelta(days=1))) == first


def test_the_same_request_gives_the_run_as_it_stands(runs: RunStore) -> None:
    runs.record(leased(runs), {"state": RunState.MERGING})
    assert runs.request(a_run()).state is RunState.MERGING


def test_the_same_request_after_the_end_gives_the_ended_run(runs: RunStore) -> None:
    ended(runs)
    assert runs.request(a_run()).state is RunState.PROMOTED


def test_the_same_request_after_the_end_takes_no_slot(runs: RunStore) -> None:
    ended(runs)
    runs.request(a_run())
    assert runs.request(a_run("run-2")).id == "run-2"


def test_an_ended_run_is_given_again_while_another_holds_the_slot(runs: RunStore) -> None:
    ended(runs)
    runs.request(a_run("run-2"))
    assert runs.request(a_run("run-1")).state is RunState.PROMOTED


def test_of_many_who_request_runs_one_gets_the_slot(
    runs: RunStore, at_once: Callable[..., list[Any]]
) -> None:
    results = at_once(
        [lambda name=f"run-{number}": runs.request(a_run(name)) for number in range(6)]
    )
    winners = [result.id for result in results if not isinstance(result, RunInProgress)]
    assert [run.id for run in runs.list()] == winners


def test_of_many_who_request_the_same_run_all_get_it(
    runs: RunStore, at_once: Callable[..., list[Any]]
) -> None:
    results = at_once(
        [lambda by=str(number): runs.request(a_run(requested_by=by)) for number in range(6)]
    )
    assert results == [runs.get("run-1")] * 6


# Reading


@pytest.mark.parametrize(
    "name",
    ["run-9", "", ".", "..", "a/b", "a/b/c", "../run-1", "__run__", "x" * 1501, "a\nb", "\x00"],
)
def test_an_unknown_run_is_not_found(runs: RunStore, name: str) -> None:
    runs.request(a_run())
    with pytest.raises(NotFound):
        runs.get(name)


def test_of_no_runs_the_list_is_empty(runs: RunStore) -> None:
    assert runs.list() == []


def test_the_newest_request_is_listed_first(runs: RunStore) -> None:
    for name, days in [("b", 2), ("c", 1), ("a", 3)]:
        runs.request(a_run(name, requested_at=NOW + timedelta(days=days)))
        runs.record(runs.claim(name, "worker", 60), {"state": RunState.SKIPPED})
    assert [run.id for run in runs.list()] == ["a", "b", "c"]


def test_the_list_ends_at_the_limit(runs: RunStore) -> None:
    for number in range(3):
        runs.request(a_run(f"run-{number}", requested_at=NOW + timedelta(days=number)))
        runs.record(runs.claim(f"run-{number}", "worker", 60), {"state": RunState.SKIPPED})
    assert [run.id for run in runs.list(limit=2)] == ["run-2", "run-1"]


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
    assert winners == [Lease("run-1", runs.get("run-1").attempts)]


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


# Records


@pytest.mark.parametrize("state", ENDS)
def test_the_end_of_a_run_gives_the_slot_back(runs: RunStore, state: RunState) -> None:
    ended(runs, state=state)
    assert runs.request(a_run("run-2")).id == "run-2"


@pytest.mark.parametrize("state", [state for state in RunState if not state.ended])
def test_a_state_that_is_no_end_keeps_the_slot(runs: RunStore, state: RunState) -> None:
    runs.record(leased(runs), {"state": state})
    with pytest.raises(RunInProgress):
        runs.request(a_run("run-2"))


def test_a_record_gives_the_run_as_it_is_kept(runs: RunStore) -> None:
    assert runs.record(leased(runs), {"revision": 1}) == runs.get("run-1")


def test_fields_recorded_together_are_read_together(runs: RunStore) -> None:
    runs.record(leased(runs), WHOLE)
    assert runs.get("run-1") == a_run(attempts=1, updated_at=runs.get("run-1").updated_at, **WHOLE)


def test_a_record_keeps_what_it_does_not_name(runs: RunStore) -> None:
    lease = leased(runs)
    runs.record(lease, WHOLE)
    runs.record(lease, {"revision": 7})
    assert runs.get("run-1") == a_run(
        attempts=1, updated_at=runs.get("run-1").updated_at, **{**WHOLE, "revision": 7}
    )


def test_a_record_replaces_a_field_as_a_whole(runs: RunStore) -> None:
    lease = leased(runs)
    runs.record(lease, {"seconds": {"merging": 1.0}})
    runs.record(lease, {"seconds": {"fitting": 2.0}})
    assert runs.get("run-1").seconds == {"fitting": 2.0}


def test_a_field_is_taken_back_by_recording_none(runs: RunStore) -> None:
    lease = leased(runs)
    runs.record(lease, {"reason": "worse"})
    runs.record(lease, {"reason": None})
    assert runs.get("run-1").reason is None


def test_a_run_reads_the_same_in_the_list(runs: RunStore) -> None:
    runs.record(leased(runs), WHOLE)
    assert runs.list() == [runs.get("run-1")]


def test_a_run_as_a_whole_is_requested_and_read(runs: RunStore) -> None:
    whole = a_run(attempts=2, updated_at=NOW, **WHOLE)
    assert (runs.request(whole), runs.get("run-1")) == (whole, whole)


def test_a_record_says_when_it_was_made(runs: RunStore) -> None:
    lease = leased(runs)
    before = runs.record(lease, {"revision": 1}).updated_at
    time.sleep(0.002)
    after = runs.record(lease, {"revision": 2}).updated_at
    assert before is not None
    assert after is not None
    assert timedelta() < after - before < timedelta(minutes=1)
