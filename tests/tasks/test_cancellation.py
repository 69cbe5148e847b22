"""A worker that computes, or collects a batch, notices that its run was cancelled, and ends it."""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.adapters.memory_runs import MemoryRuns
from pipeline.bootstrap import in_memory
from pipeline.errors import Unavailable
from pipeline.records.runs import Lease, Run, RunState
from pipeline.run_errors import LeaseLost, RunCancelled
from pipeline.runs.log import RunLog
from pipeline.settings import Settings
from workers import batches, cancellation, execution
from workers.cancellation import watch_cancellation


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cancellation, "LOOK_SECONDS", 0.01)


@pytest.fixture
def ports() -> Any:
    ports = in_memory()
    ports.runs.request(Run(id="run", requested_at=datetime.now(UTC)))
    return ports


@pytest.fixture
def runs(ports: Any) -> MemoryRuns:
    store: MemoryRuns = ports.runs
    return store


@pytest.fixture
def settings() -> Settings:
    return Settings(_env_file=None)


def until_raised(check: Callable[[], None]) -> None:
    """Call `check` as a loop of a step does, until it raises."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        check()
        time.sleep(0.001)
    raise AssertionError("nothing was noticed within a minute")


def test_a_request_is_noticed_without_a_write(runs: MemoryRuns) -> None:
    with watch_cancellation(runs, runs.claim("run", "worker", 60)) as check:
        check()
        runs.cancel("run", "anna")
        with pytest.raises(RunCancelled, match="cancelled by anna"):
            until_raised(check)


def test_a_run_that_was_ended_elsewhere_is_noticed_too(runs: MemoryRuns) -> None:
    lease = runs.claim("run", "worker", 60)
    with watch_cancellation(runs, lease) as check:
        runs.record(lease, {"state": RunState.FAILED})
        with pytest.raises(LeaseLost, match="was ended"):
            until_raised(check)


def test_a_firestore_that_does_not_answer_stops_nothing_and_is_asked_again(
    runs: MemoryRuns, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    lease, get, faults = runs.claim("run", "worker", 60), runs.get, [Unavailable("no")] * 3

    def failing(run_id: str) -> Run:
        if faults:
            raise faults.pop()
        return get(run_id)

    runs.cancel("run", "anna")
    monkeypatch.setattr(runs, "get", failing)
    with (
        caplog.at_level(logging.WARNING),
        watch_cancellation(runs, lease) as check,
        pytest.raises(RunCancelled),
    ):
        until_raised(check)
    assert len(caplog.records) == 3


def test_a_run_whose_document_is_deleted_is_left_to_the_next_write(runs: MemoryRuns) -> None:
    with watch_cancellation(runs, runs.claim("run", "worker", 60)) as check:
        runs.documents.clear()
        time.sleep(0.05)
        check()


def test_a_step_that_writes_nothing_is_stopped_and_the_run_ends_as_cancelled(
    ports: Any, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.runs.log.SECONDS_BETWEEN_WRITES", 1e9)

    def step(context: Any, _: Any) -> Any:
        log: RunLog = context.log
        with log.step(RunState.FITTING):
            log.progress("begun")
            ports.runs.cancel("run", "anna")
            until_raised(lambda: log.progress("fitting"))

    monkeypatch.setattr("pipeline.retrain.attempt", step)
    run = execution.execute("run", ports, settings)
    assert (run.state, run.reason) == (RunState.CANCELLED, "cancelled by anna")
    assert ports.runs.slot().slot.run_id is None


def test_a_batch_ends_its_run_at_once_and_the_others_stop(
    ports: Any, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease: Lease = ports.runs.claim("run", "worker", 60)
    others: list[RunState] = []

    def gather(_: str, number: int, __: Any, ___: Any, on_progress: Callable[..., None]) -> None:
        if number == 0:
            ports.runs.cancel("run", "anna")
            until_raised(lambda: on_progress("collecting", 1, 2))
        others.append(ports.runs.get("run").state)

    monkeypatch.setattr(batches, "gather_batch", gather)
    batches.collect_batch(lease, 0, ports, settings)
    run = ports.runs.get("run")
    assert (run.state, run.reason) == (RunState.CANCELLED, "cancelled by anna")
    batches.collect_batch(lease, 1, ports, settings)
    assert not batches.finish_collecting(lease, time.time(), ports)
    assert others == []


def test_a_batch_of_a_run_that_is_cancelled_already_is_not_begun(
    ports: Any, settings: Settings
) -> None:
    lease = ports.runs.claim("run", "worker", 60)
    ports.runs.cancel("run", "anna")
    batches.collect_batch(lease, 0, ports, settings)
    assert ports.runs.get("run").state is RunState.CANCELLED
    assert not ports.artefacts.objects
