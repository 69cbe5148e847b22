"""`redraw doctor` says what the slot holds, what is wrong with it, and what to do."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipeline.adapters.memory_runs import MemoryRuns
from pipeline.errors import Unavailable
from pipeline.records.runs import Lease, Run
from service.checks.slot import check_slot


@pytest.fixture
def runs() -> MemoryRuns:
    return MemoryRuns()


def claimed(runs: MemoryRuns) -> Lease:
    runs.request(Run(id="run-1", requested_at=datetime.now(UTC), requested_by="ada"))
    return runs.claim("run-1", "machine:7", 60)


def test_a_free_slot_is_well(runs: MemoryRuns) -> None:
    name, problem, _ = check_slot(runs)
    assert (problem, "no run is under way" in name) == (None, True)


def test_a_live_run_is_well_and_shows_who_executes_it_since_when_and_until_when(
    runs: MemoryRuns,
) -> None:
    claimed(runs)
    name, problem, _ = check_slot(runs)
    slot = runs.slot().slot
    assert problem is None
    assert slot.since is not None
    for words in ("run-1", "ada", "machine:7", f"{slot.since:%H:%M:%S}", f"{slot.until:%H:%M:%S}"):
        assert words in name


def test_a_run_that_has_just_been_requested_is_well(runs: MemoryRuns) -> None:
    runs.request(Run(id="run-1", requested_at=datetime.now(UTC)))
    assert check_slot(runs)[1] is None


def test_a_run_that_nobody_takes_up_needs_a_worker(runs: MemoryRuns) -> None:
    claimed(runs)
    now = runs.clock()
    runs.clock = lambda: now + 600
    assert "start a worker" in (check_slot(runs)[1] or "")


def test_a_run_that_waits_for_storage_says_so(runs: MemoryRuns) -> None:
    runs.pause(claimed(runs), "Storage is not available", timedelta(hours=1))
    name, problem, _ = check_slot(runs)
    assert (problem, "Storage is not available" in name) == (None, True)


@pytest.mark.parametrize(
    ("slot", "run", "words"),
    [
        ({"runId": 5}, {}, "runId is 5"),
        ({"expiresAt": "tomorrow"}, {}, "expiresAt is 'tomorrow'"),
        ({"expiresAt": datetime(2100, 1, 1, tzinfo=UTC)}, {}, "expiresAt is 2100-01-01"),
        ({"fence": "x"}, {}, "fence is 'x'"),
        ({"runId": "run-9"}, {}, "there is no document training_runs/run-9"),
        ({}, {"state": "cancelled"}, "run run-1 has ended: cancelled"),
        ({"expiresAt": None}, {"state": 7}, "training_runs/run-1 cannot be read: state"),
    ],
)
def test_what_is_wrong_is_named_with_what_to_do(
    runs: MemoryRuns, slot: dict[str, Any], run: dict[str, Any], words: str
) -> None:
    claimed(runs)
    runs.slot_document |= slot
    runs.documents["run-1"] |= run
    problem = check_slot(runs)[1] or ""
    assert words in problem
    assert "frees the slot" in problem or "corrects it" in problem


def test_a_firestore_that_does_not_answer_is_the_problem(
    runs: MemoryRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down() -> None:
        raise Unavailable("Firestore is not available")

    monkeypatch.setattr(runs, "slot", down)
    assert check_slot(runs)[:2] == ("slot leases/retraining", "Firestore is not available")
