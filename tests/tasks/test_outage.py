"""A Storage that is down for minutes costs a run nothing but time; down for longer, it fails.

The clock is the server's and moves only when a test moves it.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.bootstrap import in_memory
from pipeline.errors import Unavailable
from pipeline.records.runs import Run, RunState
from pipeline.runs.context import RunContext
from pipeline.settings import Settings
from workers import execution
from workers.execution import execute

SWEEP = 60.0
MINUTE = 60.0


class Server:
    """Ports in memory under a clock that stands still, and a sweep that follows it."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0
        self.ports: Any = in_memory()
        self.ports.runs.clock = lambda: self.now
        self.settings = Settings(_env_file=None, max_deaths=3)
        self.ports.runs.request(Run(id="run", requested_at=datetime.now(UTC)))

    def sweep_for(self, seconds: float) -> int:
        """Let the sweep look each minute for a while; return how often the run was executed."""
        executed, end = 0, self.now + seconds
        while self.now < end and not self.run.state.ended:
            if self.ports.runs.abandoned() is not None:
                executed += 1
                try:
                    execute("run", self.ports, self.settings)
                except Unavailable:
                    assert not self.ports.runs.slot().slot.live
            self.now += SWEEP
        return executed

    @property
    def run(self) -> Run:
        run: Run = self.ports.runs.get("run")
        return run


Steps = Callable[[RunContext], None]


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def tell(monkeypatch: pytest.MonkeyPatch) -> Callable[[Steps], None]:
    """Let every execution do these steps and then end the run as promoted."""

    def replace(steps: Steps) -> None:
        def story(context: RunContext, send: object) -> Run:
            steps(context)
            return context.log.end(RunState.PROMOTED)

        monkeypatch.setattr(execution, "retrain", story)

    return replace


def down_until(server: Server, minutes: float) -> Steps:
    """Collect from what is stored already, then fail in merging until Storage is back."""
    back = server.now + minutes * MINUTE

    def steps(context: RunContext) -> None:
        with context.log.step(RunState.COLLECTING):
            pass
        with context.log.step(RunState.MERGING):
            if server.now < back:
                raise Unavailable("Storage is not available")

    return steps


@pytest.mark.parametrize("minutes", [3, 30, 55])
def test_after_an_outage_within_the_patience_the_run_ends_well(
    server: Server, tell: Callable[[Steps], None], minutes: float
) -> None:
    tell(down_until(server, minutes))
    server.sweep_for((minutes + 10) * MINUTE)
    assert server.run.state is RunState.PROMOTED, server.run.reason
    assert (server.run.deaths, server.run.trouble) == (0, None)


def test_an_outage_beyond_the_patience_fails_the_run_with_a_plain_reason(
    server: Server, tell: Callable[[Steps], None]
) -> None:
    tell(down_until(server, 10_000))
    started = server.now
    executed = server.sweep_for(200 * MINUTE)
    run = server.run
    assert run.state is RunState.FAILED
    assert "got no further since" in (run.reason or "")
    assert "Storage is not available" in (run.reason or "")
    assert 60 * MINUTE <= server.now - started <= 70 * MINUTE
    assert executed < 20
    assert server.ports.runs.slot().slot.run_id is None


def test_a_step_that_was_completed_before_is_no_progress(
    server: Server, tell: Callable[[Steps], None]
) -> None:
    tell(down_until(server, 10_000))
    server.sweep_for(5 * MINUTE)
    first = server.run.trouble
    server.sweep_for(20 * MINUTE)
    assert first is not None
    assert server.run.trouble is not None
    assert server.run.trouble.since == first.since


def test_the_patience_begins_anew_when_a_step_is_completed_for_the_first_time(
    server: Server, tell: Callable[[Steps], None]
) -> None:
    """Merging is down for 50 minutes, and then fitting for as long."""
    merging = down_until(server, 50)
    back = server.now + 100 * MINUTE

    def steps(context: RunContext) -> None:
        merging(context)
        with context.log.step(RunState.FITTING):
            if server.now < back:
                raise Unavailable("Storage is not available")

    tell(steps)
    server.sweep_for(120 * MINUTE)
    assert server.run.state is RunState.PROMOTED, server.run.reason


def test_collecting_more_than_before_is_progress(
    server: Server, tell: Callable[[Steps], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each execution collects one more batch, and then Storage is down for half an hour."""
    monkeypatch.setattr("pipeline.runs.log.SECONDS_BETWEEN_WRITES", 0)
    start = server.now

    def steps(context: RunContext) -> None:
        with context.log.step(RunState.COLLECTING):
            done = int((server.now - start) / (30 * MINUTE))
            context.log.progress("collecting corrections", done, 5)
            if done < 5:
                raise Unavailable("Storage is not available")

    tell(steps)
    server.sweep_for(180 * MINUTE)
    assert server.run.state is RunState.PROMOTED, server.run.reason


def test_while_the_run_waits_its_document_says_why(
    server: Server, tell: Callable[[Steps], None]
) -> None:
    tell(down_until(server, 30))
    server.sweep_for(MINUTE)
    run = server.run
    assert run.state is RunState.MERGING
    assert "Storage is not available" in run.progress.message
    assert run.trouble is not None
    assert run.trouble.retry_at > run.trouble.since
