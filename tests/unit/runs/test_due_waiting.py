"""Corrections that wait for their canvas start no run again and again, and are not forgotten."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from pipeline.bootstrap import in_memory
from pipeline.records.runs import Counts, Run, RunState
from pipeline.runs.due import request_due_run, request_nightly_run
from tests.unit.runs._due import DAY, ENOUGH, FEWEST, HOUR, end, later, make_settings, send

CHECKS = [request_due_run, request_nightly_run]
SETTINGS = make_settings()


def note_waiting(ports: Any, run: Run, number: int) -> None:
    """Let a run's document say that it left so many corrections waiting."""
    ports.runs.documents[run.id]["counts"] = Counts(waiting=number).document()


def leave_waiting(ports: Any, number: int, state: RunState = RunState.SKIPPED) -> None:
    """Let a run end that leaves so many corrections pending, as their canvases are missing."""
    run = ports.runs.request(
        Run(id=f"run-{len(ports.runs.list(99))}", requested_at=ports.corrections.clock())
    )
    note_waiting(ports, run, number)
    end(ports, run, state)
    for fields in list(ports.corrections.documents.values())[:number]:
        fields["status"] = "pending"


@pytest.fixture
def ports() -> Any:
    """A project with enough corrections, all of which a run has just left waiting."""
    project: Any = in_memory()
    now = project.corrections.clock()
    project.corrections.clock = lambda: now
    send(project, ENOUGH)
    leave_waiting(project, ENOUGH)
    return project


@pytest.mark.parametrize("check", CHECKS)
def test_what_only_waits_starts_no_run(ports: Any, check: Callable[..., Run | None]) -> None:
    for _ in range(11):
        later(ports, 2 * HOUR)
        assert check(ports, SETTINGS) is None


@pytest.mark.parametrize("check", CHECKS)
def test_when_the_grace_time_is_over_it_counts_again(
    ports: Any, check: Callable[..., Run | None]
) -> None:
    later(ports, DAY)
    run = check(ports, SETTINGS)
    assert run is not None
    assert f"{ENOUGH} corrections are pending" in (run.purpose or "")


@pytest.mark.parametrize(
    ("check", "enough"),
    [(request_due_run, ENOUGH), (request_nightly_run, FEWEST)],
    ids=["due", "nightly"],
)
def test_new_corrections_count_beside_what_waits(
    ports: Any, check: Callable[..., Run | None], enough: int
) -> None:
    later(ports, 2 * HOUR)
    send(ports, enough - 1)
    assert check(ports, SETTINGS) is None
    send(ports, 1)
    assert check(ports, SETTINGS) is not None


@pytest.mark.parametrize("state", [RunState.FAILED, RunState.CANCELLED])
def test_a_run_that_settled_nothing_tells_nothing_about_what_waits(state: RunState) -> None:
    ports: Any = in_memory()
    send(ports, ENOUGH)
    leave_waiting(ports, ENOUGH, state)
    later(ports, timedelta(hours=30))
    assert request_due_run(ports, SETTINGS) is not None


@pytest.mark.slow
def test_in_a_month_only_so_many_runs_start_for_what_never_gets_its_canvas(ports: Any) -> None:
    """Each run leaves as many waiting, as if the game sent new ones just before."""
    runs = 0
    for _ in range(30 * 24):
        later(ports, HOUR)
        run = request_due_run(ports, SETTINGS)
        if run is not None:
            runs += 1
            note_waiting(ports, run, ENOUGH)
            end(ports, run, RunState.SKIPPED)
            for fields in ports.corrections.documents.values():
                fields["status"] = "pending"
    assert runs == 30
