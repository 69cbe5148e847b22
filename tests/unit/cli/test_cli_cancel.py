"""`redraw cancel`, and what `redraw runs` says about a run that is under way."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline import bootstrap
from pipeline.bootstrap import in_memory
from pipeline.records.runs import Progress, Run, RunState
from pipeline.runs.cancelling import PATIENCE
from service.cli.commands import cancelling
from service.cli.main import main
from service.cli.progress_display import describe_progress

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def ports() -> Any:
    return in_memory()


@pytest.fixture
def redraw(
    ports: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> Callable[..., str]:
    """Calls the command line; returns what it printed, errors too."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(bootstrap, "connect", lambda settings: ports)
    monkeypatch.setattr(cancelling, "LOOK_SECONDS", 0)

    def call(*words: str) -> str:
        monkeypatch.setattr(sys, "argv", ["redraw", *words])
        try:
            main()
        except SystemExit as end:
            return f"{end.code}: {capsys.readouterr().err}"
        return capsys.readouterr().out

    return call


def request(ports: Any, run_id: str = "run-1") -> None:
    ports.runs.request(Run(id=run_id, requested_at=NOW))


def test_the_run_under_way_is_cancelled(ports: Any, redraw: Callable[..., str]) -> None:
    request(ports)
    assert "run run-1 is cancelled by command line" in redraw("cancel")
    assert ports.runs.get("run-1").state is RunState.CANCELLED


def test_it_waits_until_the_worker_has_ended_the_run(
    ports: Any, redraw: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    request(ports)
    lease = ports.runs.claim("run-1", "worker", 60)

    def work(_: float) -> None:
        ports.runs.record(lease, {"state": RunState.CANCELLED, "reason": "cancelled by anna"})

    monkeypatch.setattr(cancelling.time, "sleep", work)
    assert redraw("cancel", "run-1").splitlines() == [
        "run run-1 is requested: its worker is told, and ends it within seconds",
        "run run-1 is cancelled by anna; its corrections stay pending for the next run",
    ]


def test_it_ends_a_run_whose_worker_hangs(
    ports: Any, redraw: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    request(ports)
    ports.runs.claim("run-1", "worker", 600)
    clock = ports.runs.clock
    times = iter([0.0, 0.0, *[PATIENCE.total_seconds() + 1] * 20])
    monkeypatch.setattr(ports.runs, "clock", lambda: clock() + next(times))
    assert "run run-1 is cancelled by command line" in redraw("cancel")


def test_what_cannot_be_cancelled_is_said_in_a_line(ports: Any, redraw: Callable[..., str]) -> None:
    assert redraw("cancel").startswith("1: redraw: no run is under way")
    assert redraw("cancel", "run-9").startswith("1: redraw: there is no run run-9")
    request(ports)
    ports.runs.record(ports.runs.claim("run-1", "worker", 60), {"state": RunState.REJECTED})
    assert redraw("cancel", "run-1").startswith("1: redraw: run run-1 has ended already: rejected")


def test_runs_says_how_far_the_run_under_way_is(ports: Any, redraw: Callable[..., str]) -> None:
    request(ports)
    lease = ports.runs.claim("run-1", "worker", 60)
    ports.runs.record(
        lease,
        {"state": RunState.COLLECTING, "progress": Progress(message="reading", done=1, total=3)},
    )
    assert "run-1 is collecting: reading 1/3" in redraw("runs")
    assert "run-1 is collecting: reading 1/3" in redraw("runs", "run-1")
    ports.runs.cancel("run-1", "anna")
    assert "run-1 is being cancelled since" in redraw("runs")


def test_the_time_left_is_said_where_it_is_known() -> None:
    run = Run(
        id="run-2",
        requested_at=NOW,
        state=RunState.FITTING,
        updated_at=NOW,
        entered={"fitting": NOW - timedelta(seconds=60)},
    )
    before = Run(
        id="run-1",
        requested_at=NOW,
        state=RunState.REJECTED,
        seconds={"fitting": 300.0, "judging": 60.0},
    )
    assert describe_progress(run, [before]) == "is fitting; about 5 min left"
    assert describe_progress(run, []) == "is fitting"
    assert describe_progress(before, []) is None
