"""One execution of a run: a fault becomes a state or a retry, or leaves a successor alone."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.bootstrap import in_memory
from pipeline.errors import InvalidDataset, NotFound, Unavailable
from pipeline.records.runs import Lease, Run, RunState
from pipeline.run_errors import LeaseHeld, LeaseLost
from pipeline.runs.context import RunContext
from pipeline.runs.trouble import LONGEST_PAUSE
from pipeline.settings import Settings
from workers import execution
from workers.execution import execute

Story = Callable[[RunContext, Any], Run]


@pytest.fixture
def settings() -> Settings:
    return Settings(_env_file=None, max_deaths=3, lease_seconds=60)


@pytest.fixture
def ports() -> Any:
    made = in_memory()
    made.runs.request(Run(id="run", requested_at=datetime.now(UTC)))
    return made


@pytest.fixture
def tell(monkeypatch: pytest.MonkeyPatch, ports: Any, settings: Settings) -> Callable[[Story], Run]:
    """Execute the run with this story in place of pipeline.retrain."""

    def execute_with(story: Story) -> Run:
        monkeypatch.setattr(execution, "retrain", story)
        return execute("run", ports, settings)

    return execute_with


def raising(fault: BaseException) -> Story:
    def story(context: RunContext, send: object) -> Run:
        raise fault

    return story


def promoted(context: RunContext, send: object) -> Run:
    return context.log.end(RunState.PROMOTED, "better")


def never(context: RunContext, send: object) -> Run:
    raise AssertionError("it was executed")


def taken_over(ports: Any) -> Lease:
    """What happens to an executor that sleeps for longer than its lease."""
    ports.runs.expire()
    lease: Lease = ports.runs.claim("run", "another", 60)
    return lease


def let_the_pause_end(ports: Any) -> None:
    """What the server's clock says when the longest pause after a fault is over."""
    clock = ports.runs.clock
    ports.runs.clock = lambda: clock() + LONGEST_PAUSE.total_seconds()


def next_run_gets_in(ports: Any) -> bool:
    return bool(ports.runs.request(Run(id="next", requested_at=datetime.now(UTC))).id == "next")


def test_a_run_that_was_never_requested_is_not_found(ports: Any, settings: Settings) -> None:
    with pytest.raises(NotFound):
        execute("no such run", ports, settings)


def test_while_another_worker_executes_the_run_the_call_may_be_repeated(
    tell: Callable[[Story], Run], ports: Any
) -> None:
    ports.runs.claim("run", "another", 60)
    with pytest.raises(LeaseHeld):
        tell(never)
    assert ports.runs.get("run").attempts == 1


def test_a_run_that_has_ended_is_returned_as_it_stands(tell: Callable[[Story], Run]) -> None:
    ended = tell(promoted)
    assert tell(never) == ended


def test_a_fault_that_a_person_can_mend_is_recorded_in_its_own_words(
    tell: Callable[[Story], Run], ports: Any
) -> None:
    run = tell(raising(InvalidDataset("move it away")))
    assert (run.state, run.reason) == (RunState.FAILED, "move it away")
    assert next_run_gets_in(ports)


def test_an_unexpected_fault_is_recorded_with_its_class(
    tell: Callable[[Story], Run], ports: Any
) -> None:
    run = tell(raising(ZeroDivisionError("division by zero")))
    assert (run.state, run.reason) == (RunState.FAILED, "ZeroDivisionError: division by zero")
    assert next_run_gets_in(ports)


def test_a_fault_of_the_moment_goes_to_the_caller_and_leaves_the_run_free(
    tell: Callable[[Story], Run], ports: Any
) -> None:
    with pytest.raises(Unavailable, match="the network"):
        tell(raising(Unavailable("the network")))
    let_the_pause_end(ports)
    assert ports.runs.abandoned() is not None
    assert tell(promoted).state is RunState.PROMOTED


def test_a_fault_of_the_moment_while_the_lease_is_given_back_does_not_hide_the_first(
    tell: Callable[[Story], Run], ports: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def renew(lease: Lease, seconds: float) -> None:
        raise Unavailable("the second")

    monkeypatch.setattr(ports.runs, "renew", renew)
    with pytest.raises(Unavailable, match="the first"):
        tell(raising(Unavailable("the first")))


def test_a_failure_that_cannot_be_recorded_is_a_fault_of_the_moment_and_leaves_the_run_free(
    tell: Callable[[Story], Run], ports: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = ports.runs.record

    def down(lease: Lease, changes: Any) -> Run:
        if changes.get("state") is RunState.FAILED:
            raise Unavailable("Firestore")
        ended: Run = record(lease, changes)
        return ended

    monkeypatch.setattr(ports.runs, "record", down)
    with pytest.raises(Unavailable):
        tell(raising(KeyError("x")))
    let_the_pause_end(ports)
    assert ports.runs.abandoned() is not None


def test_a_worker_whose_run_was_taken_over_writes_nothing_more(
    tell: Callable[[Story], Run], ports: Any
) -> None:
    found: list[Run] = []

    def sleepy(context: RunContext, send: object) -> Run:
        taken_over(ports)
        found.append(ports.runs.get("run"))
        return context.log.end(RunState.PROMOTED)

    run = tell(sleepy)
    assert run == ports.runs.get("run") == found[0]
    assert run.state is RunState.REQUESTED


@pytest.mark.parametrize("fault", [LeaseLost("lost"), KeyError("x"), InvalidDataset("x")])
def test_a_fault_of_a_worker_whose_run_was_taken_over_does_not_fail_the_run(
    fault: Exception, tell: Callable[[Story], Run], ports: Any
) -> None:
    def sleepy(context: RunContext, send: object) -> Run:
        taken_over(ports)
        raise fault

    assert tell(sleepy).state is RunState.REQUESTED


def test_a_retryable_fault_after_a_takeover_leaves_the_successor_its_lease(
    tell: Callable[[Story], Run], ports: Any
) -> None:
    leases: list[Lease] = []

    def sleepy(context: RunContext, send: object) -> Run:
        leases.append(taken_over(ports))
        raise Unavailable("x")

    with pytest.raises(Unavailable):
        tell(sleepy)
    assert ports.runs.abandoned() is None
    assert ports.runs.record(leases[0], {"version": "v1.0.1"}).version == "v1.0.1"


def test_the_lease_outlives_a_story_longer_than_itself(
    ports: Any, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    def slow(context: RunContext, send: object) -> Run:
        time.sleep(0.8)
        with pytest.raises(LeaseHeld):
            ports.runs.claim("run", "another", 1)
        return context.log.end(RunState.PROMOTED)

    monkeypatch.setattr(execution, "retrain", slow)
    assert (
        execute("run", ports, settings.model_copy(update={"lease_seconds": 0.6})).state
        is RunState.PROMOTED
    )


def workers_died(ports: Any, count: int) -> None:
    """What as many workers leave that were killed in the middle of a run."""
    for number in range(count):
        ports.runs.claim("run", f"killed-{number}", 60)
        ports.runs.expire()


def test_a_run_that_killed_its_workers_too_often_is_given_up_and_frees_the_slot(
    tell: Callable[[Story], Run], ports: Any
) -> None:
    workers_died(ports, 3)
    run = tell(never)
    assert (run.state, run.deaths) == (RunState.FAILED, 3)
    assert "deaths of 3 workers" in (run.reason or "")
    assert next_run_gets_in(ports)


def test_after_the_last_death_that_is_allowed_the_run_may_still_succeed(
    tell: Callable[[Story], Run], ports: Any
) -> None:
    workers_died(ports, 2)
    assert tell(promoted).state is RunState.PROMOTED


def test_a_run_that_met_more_faults_than_it_may_cost_workers_is_not_given_up(
    tell: Callable[[Story], Run], ports: Any
) -> None:
    for _ in range(5):
        with pytest.raises(Unavailable):
            tell(raising(Unavailable("Storage")))
        let_the_pause_end(ports)
    assert tell(promoted).state is RunState.PROMOTED
    assert ports.runs.get("run").deaths == 0


@pytest.mark.parametrize("fault", [KeyboardInterrupt(), SystemExit(1)])
def test_a_worker_that_has_to_stop_does_not_fail_its_run(
    fault: BaseException, tell: Callable[[Story], Run], ports: Any
) -> None:
    with pytest.raises(type(fault)):
        tell(raising(fault))
    assert not ports.runs.get("run").state.ended


def test_a_worker_that_has_to_stop_gives_its_run_up_at_once(
    tell: Callable[[Story], Run], ports: Any
) -> None:
    with pytest.raises(KeyboardInterrupt):
        tell(raising(KeyboardInterrupt()))
    assert ports.runs.abandoned() is not None
    assert tell(promoted).deaths == 0


def test_progress_reaches_the_listener(
    ports: Any, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def story(context: RunContext, send: object) -> Run:
        context.log.progress("half way", 1, 2)
        return promoted(context, send)

    monkeypatch.setattr(execution, "retrain", story)
    progress: list[Any] = []
    execute(
        "run",
        ports,
        settings,
        lambda message, done=0, total=0: progress.append((message, done, total)),
    )
    assert progress == [("half way", 1, 2)]
