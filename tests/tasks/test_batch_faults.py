"""A batch that meets a temporary fault: the run says so, and the other batches go on."""

from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.bootstrap import in_memory
from pipeline.errors import NotFound, Unavailable
from pipeline.records.runs import Lease, Run, RunState
from pipeline.run_errors import LeaseHeld
from pipeline.settings import Settings
from workers.batches import collect_batch

START = 1_800_000_000.0
SETTINGS = Settings(_env_file=None)


@pytest.fixture
def ports(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A run whose batches are collected, and a Storage that is down, under a clock that stands."""
    made: Any = in_memory()
    made.runs.clock = lambda: START

    def down(*_: object) -> bytes:
        raise Unavailable("Storage is not available")

    monkeypatch.setattr(made.artefacts, "read", down)
    made.runs.request(Run(id="run", requested_at=datetime.now(UTC)))
    return made


@pytest.fixture
def lease(ports: Any) -> Lease:
    held: Lease = ports.runs.claim("run", "sender", 60)
    ports.runs.record(held, {"state": RunState.COLLECTING})
    return held


def test_the_fault_is_recorded_and_the_lease_is_kept_for_the_other_batches(
    ports: Any, lease: Lease
) -> None:
    with pytest.raises(Unavailable):
        collect_batch(lease, 0, ports, SETTINGS)
    assert ports.runs.get("run").trouble.message == "Storage is not available"
    with pytest.raises(LeaseHeld):
        ports.runs.claim("run", "another", 60, early=True)
    ports.runs.renew(lease, 60)


def test_a_lease_that_runs_out_after_the_last_retry_is_no_death(ports: Any, lease: Lease) -> None:
    with pytest.raises(Unavailable):
        collect_batch(lease, 0, ports, SETTINGS)
    ports.runs.clock = lambda: START + 120
    assert ports.runs.abandoned().id == "run"
    ports.runs.claim("run", "another", 60)
    assert ports.runs.get("run").deaths == 0


def test_a_batch_that_fails_beyond_the_patience_ends_the_run(ports: Any, lease: Lease) -> None:
    with pytest.raises(Unavailable):
        collect_batch(lease, 0, ports, SETTINGS)
    ports.runs.clock = lambda: START + 3601
    collect_batch(lease, 0, ports, SETTINGS)
    run = ports.runs.get("run")
    assert run.state is RunState.FAILED
    assert "Storage is not available" in run.reason
    assert ports.runs.slot().slot.run_id is None


def test_a_batch_of_a_run_that_was_deleted_stops(ports: Any, lease: Lease) -> None:
    ports.runs.documents.clear()
    with pytest.raises(NotFound):
        collect_batch(lease, 0, ports, SETTINGS)
    ports.runs.clock = lambda: START + 120
    assert ports.runs.abandoned() is None
    assert ports.runs.slot().slot.run_id is None
    assert ports.runs.documents == {}
