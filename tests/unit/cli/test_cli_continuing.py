"""`redraw retrain` goes on with a run that no worker executes, and leaves a live one alone."""

from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.errors import Unavailable
from pipeline.records.runs import Run, RunState
from pipeline.runs.context import RunContext
from tests.unit.cli._runs import Call, promoted


def left_unfinished(ports: Any) -> None:
    """What a process leaves that was killed in the middle, after its lease has run out."""
    ports.runs.request(Run(id="run-1", requested_at=datetime.now(UTC), requested_by="ada"))
    lease = ports.runs.claim("run-1", "machine:7", 60)
    ports.runs.record(lease, {"state": RunState.MERGING})
    ports.runs.expire()


def test_a_run_that_was_left_unfinished_is_continued_and_the_command_says_so(
    redraw: Call, ports: Any
) -> None:
    left_unfinished(ports)
    code, output, _ = redraw("retrain")
    assert code == 0
    assert "run run-1 was left unfinished (merging): going on with it" in output
    assert [run.id for run in ports.runs.list()] == ["run-1"]
    assert ports.runs.get("run-1").state is RunState.PROMOTED


def test_a_run_that_a_live_worker_executes_is_left_to_it_and_the_command_says_whose_it_is(
    redraw: Call, ports: Any
) -> None:
    left_unfinished(ports)
    ports.runs.claim("run-1", "machine:8", 60)
    code, _, errors = redraw("retrain")
    until = ports.runs.slot().slot.until
    assert code == 1
    for words in ("run-1", "merging", "ada", "machine:8", f"{until:%H:%M:%S} UTC", "wait for it"):
        assert words in errors
    assert ports.runs.get("run-1").state is RunState.MERGING


def test_an_interrupted_command_gives_the_run_up_and_the_next_one_goes_on_at_once(
    redraw: Call, ports: Any
) -> None:
    def interrupted(context: RunContext, _: object) -> Run:
        raise KeyboardInterrupt

    code, _, _ = redraw("retrain", story=interrupted)
    (run,) = ports.runs.list()
    assert code == 130
    assert ports.runs.abandoned() == run
    code, output, _ = redraw("retrain")
    assert (code, [run.id for run in ports.runs.list()]) == (0, [run.id])
    assert f"run {run.id} was left unfinished" in output


def test_a_command_that_met_a_fault_says_how_to_go_on_and_its_repetition_does_not_wait(
    redraw: Call, ports: Any
) -> None:
    def no_storage(context: RunContext, _: object) -> Run:
        raise Unavailable("Storage is not available")

    code, _, errors = redraw("retrain", story=no_storage)
    assert code == 1
    assert "Storage is not available" in errors
    assert "`redraw retrain` goes on with it" in errors
    code, _, _ = redraw("retrain")
    assert (code, [run.state for run in ports.runs.list()]) == (0, [RunState.PROMOTED])


def test_a_run_that_was_deleted_meanwhile_is_one_line_that_says_what_to_do(
    redraw: Call, ports: Any
) -> None:
    def deleted(context: RunContext, send: object) -> Run:
        ports.runs.documents.clear()
        return promoted(context, send)

    code, _, errors = redraw("retrain", story=deleted)
    assert code == 1
    assert "was deleted" in errors
    assert "request another one" in errors
    assert ports.runs.list() == []


@pytest.mark.parametrize("arguments", [("runs",), ("runs", "run-1")])
def test_the_runs_show_which_fault_a_run_waits_for(
    redraw: Call, ports: Any, arguments: tuple[str, ...]
) -> None:
    left_unfinished(ports)

    def no_storage(context: RunContext, _: object) -> Run:
        raise Unavailable("Storage is not available [503]")

    redraw("retrain", story=no_storage)
    _, output, _ = redraw(*arguments)
    said = " ".join(output.replace("\u2502", " ").split())  # a cell may go on in the next line
    assert "Storage is not available [503]" in said
    assert "tried again from" in said
