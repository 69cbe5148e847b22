"""A run is cancelled before its version is ready, or not at all."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipeline.adapters.memory_runs import MemoryRuns
from pipeline.bootstrap import in_memory
from pipeline.records.metrics import Comparison, Metrics
from pipeline.records.runs import Decision, Run, RunState
from pipeline.retrain import retrain
from pipeline.run_errors import RunCancelled, TooLateToCancel
from pipeline.runs.cancelling import cancel_run
from pipeline.runs.context import RunContext
from pipeline.runs.log import RunLog
from pipeline.settings import Settings

NOW = datetime(2026, 3, 1, tzinfo=UTC)
METRICS = Metrics(rows=1, accuracy=1, loss=0, recall={}, precision={}, confusion=[])
PROMOTE = Decision(
    outcome=RunState.PROMOTED, reasons=[], base=Comparison(champion=METRICS, challenger=METRICS)
)
UNPUBLISHED = [
    RunState.REQUESTED,
    RunState.COLLECTING,
    RunState.MERGING,
    RunState.FITTING,
    RunState.JUDGING,
    RunState.PUBLISHING,
]


def run_in(state: RunState, **fields: Any) -> Run:
    return Run(id="run", requested_at=NOW, state=state, **fields)


@pytest.fixture
def runs() -> MemoryRuns:
    runs = MemoryRuns()
    runs.request(Run(id="run", requested_at=NOW))
    return runs


@pytest.mark.parametrize("state", UNPUBLISHED)
def test_without_a_worker_a_run_ends_at_once(state: RunState) -> None:
    changes = cancel_run(run_in(state), "anna", NOW, executed=False)
    assert (changes["state"], changes["reason"]) == (RunState.CANCELLED, "cancelled by anna")


@pytest.mark.parametrize("state", UNPUBLISHED)
def test_with_a_worker_the_request_alone_is_recorded(state: RunState) -> None:
    changes = cancel_run(run_in(state), "anna", NOW, executed=True)
    assert changes == {"cancel_requested_at": NOW, "cancel_requested_by": "anna"}


def test_a_second_request_keeps_the_first() -> None:
    run = run_in(RunState.FITTING, cancel_requested_at=NOW, cancel_requested_by="anna")
    assert cancel_run(run, "ben", NOW, executed=True) == {}


@pytest.mark.parametrize(("seconds", "ends"), [(0, False), (14.9, False), (15, True), (3600, True)])
def test_a_worker_that_does_not_end_the_run_loses_it_to_a_later_call(
    seconds: float, ends: bool
) -> None:
    run = run_in(RunState.FITTING, cancel_requested_at=NOW, cancel_requested_by="anna")
    changes = cancel_run(run, "ben", NOW + timedelta(seconds=seconds), executed=True)
    assert changes.get("state") == (RunState.CANCELLED if ends else None)
    assert changes.get("reason") == ("cancelled by anna" if ends else None)


def test_a_run_that_has_decided_to_promote_can_be_cancelled_until_its_version_is_ready() -> None:
    run = run_in(RunState.COLLECTING, decision=PROMOTE)
    assert cancel_run(run, "anna", NOW, executed=False)["state"] is RunState.CANCELLED


@pytest.mark.parametrize("state", [RunState.PUBLISHING, RunState.PROMOTED])
def test_the_refusal_names_the_version_and_says_how_to_go_back(state: RunState) -> None:
    with pytest.raises(TooLateToCancel, match=r"v1\.0\.1.*redraw rollback"):
        cancel_run(run_in(state, version="v1.0.1"), "anna", NOW, executed=True)


def test_a_cancelled_run_stays_as_it_is() -> None:
    assert cancel_run(run_in(RunState.CANCELLED), "anna", NOW, executed=False) == {}


@pytest.mark.parametrize(
    "run",
    [
        run_in(RunState.PUBLISHING, version="v1.0.1"),
        run_in(RunState.COLLECTING, version="v1.0.1"),
        *map(run_in, (RunState.PROMOTED, RunState.HELD, RunState.FAILED, RunState.SKIPPED)),
    ],
    ids=lambda run: f"{run.state}, published" if run.version else str(run.state),
)
@pytest.mark.parametrize("executed", [True, False])
def test_a_run_that_has_published_or_has_ended_cannot_be_cancelled(
    run: Run, executed: bool
) -> None:
    with pytest.raises(TooLateToCancel):
        cancel_run(run, "anna", NOW, executed=executed)


def test_the_log_stops_the_run_at_its_next_step(runs: MemoryRuns) -> None:
    log = RunLog(runs, runs.claim("run", "worker", 60))
    runs.cancel("run", "anna")
    with pytest.raises(RunCancelled, match="cancelled by anna"), log.step(RunState.PUBLISHING):
        raise AssertionError("the step was executed")


def test_the_log_stops_the_run_within_a_step(runs: MemoryRuns) -> None:
    log = RunLog(runs, runs.claim("run", "worker", 60))

    def fit() -> None:
        with log.step(RunState.FITTING):
            runs.cancel("run", "anna")
            log.progress("fitting")

    with pytest.raises(RunCancelled):
        fit()


def test_the_log_asks_at_all_progress_also_when_it_writes_nothing(runs: MemoryRuns) -> None:
    known: list[Exception] = []

    def check() -> None:
        if known:
            raise known[0]

    log = RunLog(runs, runs.claim("run", "worker", 60), check=check)
    log.progress("fitting")
    log.progress("fitting")
    known.append(RunCancelled("cancelled by anna"))
    with pytest.raises(RunCancelled):
        log.progress("fitting")


def test_a_cancelled_run_ends_as_cancelled_and_its_corrections_stay_pending(
    settings: Settings,
) -> None:
    ports: Any = in_memory()
    ports.corrections.documents["a"] = {"status": "pending"}
    ports.runs.request(Run(id="run", requested_at=NOW))
    log = RunLog(ports.runs, ports.runs.claim("run", "worker", 60))
    ports.runs.cancel("run", "anna")
    run = retrain(RunContext(ports, settings, log))
    assert (run.state, run.reason) == (RunState.CANCELLED, "cancelled by anna")
    assert ports.corrections.count_pending() == 1
    assert ports.runs.request(Run(id="next", requested_at=NOW)).id == "next"
