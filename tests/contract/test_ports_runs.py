"""The contract of a RunStore: requesting runs, reading them, and recording their fields."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from pipeline.errors import NotFound
from pipeline.ports import RunStore
from pipeline.records.runs import RunState, Trigger
from pipeline.run_errors import RunInProgress
from tests.contract._runs import ENDS, NOW, WHOLE, a_run, ended, leased

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
    at = runs.record(leased(runs), WHOLE).updated_at
    entered = {"judging": at}
    assert runs.get("run-1") == a_run(attempts=1, updated_at=at, entered=entered, **WHOLE)


def test_a_record_keeps_what_it_does_not_name(runs: RunStore) -> None:
    lease = leased(runs)
    whole = runs.record(lease, WHOLE)
    changed = runs.record(lease, {"revision": 7})
    assert runs.get("run-1") == whole.model_copy(
        update={"revision": 7, "updated_at": changed.updated_at}
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
