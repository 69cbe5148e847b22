"""The log of a run: written under its lease, not too often, with the seconds of each step."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from pipeline.adapters.memory_runs import MemoryRuns
from pipeline.records.runs import Counts, Progress, Run, RunKind, RunState
from pipeline.run_errors import LeaseLost, RunInProgress
from pipeline.runs import log
from pipeline.runs.log import RunLog


@pytest.fixture
def runs() -> MemoryRuns:
    store = MemoryRuns()
    store.request(Run(id="run", requested_at=datetime.now(UTC)))
    return store


@pytest.fixture
def run_log(runs: MemoryRuns) -> RunLog:
    return RunLog(runs, runs.claim("run", "me", 60))


def another() -> Run:
    return Run(id="another", requested_at=datetime.now(UTC))


def test_a_worker_that_was_replaced_writes_nothing(runs: MemoryRuns, run_log: RunLog) -> None:
    runs.renew(run_log.lease, 0)
    runs.claim("run", "another", 60)
    for write in (
        run_log.note,
        lambda: run_log.step(RunState.FITTING).__enter__(),
        lambda: run_log.end(RunState.FAILED),
    ):
        with pytest.raises(LeaseLost):
            write()
    assert runs.get("run").state is RunState.REQUESTED


def test_a_step_that_fails_records_no_seconds(runs: MemoryRuns, run_log: RunLog) -> None:
    def fail() -> None:
        with run_log.step(RunState.FITTING):
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert (runs.get("run").state, runs.get("run").seconds) == (RunState.FITTING, {})


def set_clock(monkeypatch: pytest.MonkeyPatch, clock: Callable[[], float]) -> None:
    """Replace the clock of the log alone: threads of other tests read `time.monotonic` too."""
    monkeypatch.setattr(log, "time", SimpleNamespace(monotonic=clock))


def test_a_step_sets_the_state_and_records_its_seconds(
    runs: MemoryRuns, run_log: RunLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([10.0, 12.5])
    set_clock(monkeypatch, lambda: next(clock))
    with run_log.step(RunState.FITTING):
        assert runs.get("run").state is RunState.FITTING
    assert runs.get("run").seconds == {"fitting": 2.5}


def test_the_seconds_of_a_repeated_step_add_up(
    runs: MemoryRuns, run_log: RunLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0.0, 1.0, 5.0, 7.0])
    set_clock(monkeypatch, lambda: next(clock))
    for _ in range(2):
        with run_log.step(RunState.MERGING):
            pass
    assert runs.get("run").seconds == {"merging": 3.0}


def test_a_run_started_when_its_first_step_did(runs: MemoryRuns, run_log: RunLog) -> None:
    with run_log.step(RunState.COLLECTING):
        started = runs.get("run").started_at
    with run_log.step(RunState.MERGING):
        pass
    assert started is not None
    assert runs.get("run").started_at == started


def test_progress_is_heard_always_and_written_twice_a_second(
    runs: MemoryRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[int] = []
    run_log = RunLog(
        runs, runs.claim("run", "me", 60), lambda message, done=0, total=0: heard.append(done)
    )
    now, written = 100.0, []
    set_clock(monkeypatch, lambda: now)
    for done in range(1, 11):
        now += 0.2
        run_log.progress("going", done, 10)
        written.append(runs.get("run").progress.done)
    assert heard == list(range(1, 11))
    assert sorted(set(written)) == [1, 4, 7, 10]


def test_notes_are_merged_into_the_run(runs: MemoryRuns, run_log: RunLog) -> None:
    run_log.note(version="v1.0.1")
    run_log.note(counts=Counts(merged=3))
    assert (run_log.run.version, run_log.run.counts.merged) == ("v1.0.1", 3)
    assert runs.get("run") == run_log.run


def test_until_it_ends_a_run_keeps_its_slot(runs: MemoryRuns, run_log: RunLog) -> None:
    run_log.note(state=RunState.PUBLISHING)
    with pytest.raises(RunInProgress):
        runs.request(another())


def test_the_end_gives_the_slot_back_with_reason_and_time(
    runs: MemoryRuns, run_log: RunLog
) -> None:
    run = run_log.end(RunState.HELD, "because")
    assert (run.state, run.reason, run.ended_at is not None) == (RunState.HELD, "because", True)
    assert runs.request(another()).id == "another"


@pytest.mark.parametrize(("kind", "overcome"), [("baseline", True), ("retrain", False)])
def test_epochs_of_a_new_baseline_overcome_a_fault_and_steps_that_begin_anew_do_not(
    kind: RunKind, overcome: bool
) -> None:
    runs = MemoryRuns()
    runs.request(Run(id="run", kind=kind, requested_at=datetime.now(UTC)))
    first = RunLog(runs, runs.claim("run", "me", 60))
    first.note(state=RunState.FITTING)
    first.note_progress(Progress(message="epoch 3", done=300, total=900))
    runs.pause(first.lease, "the training was killed", timedelta(hours=1))
    again = RunLog(runs, runs.claim("run", "me too", 60, early=True))
    again.note_progress(Progress(message="epoch 3", done=300, total=900))
    assert runs.get("run").trouble is not None
    again.note_progress(Progress(message="epoch 4", done=301, total=900))
    assert (runs.get("run").trouble is None) is overcome
