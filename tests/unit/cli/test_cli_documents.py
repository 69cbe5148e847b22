"""`redraw doctor` and `redraw runs` say what is odd about the game's documents."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline import bootstrap
from pipeline.bootstrap import in_memory
from pipeline.corrections.statuses import describe_foreign
from pipeline.records.runs import Run
from service.cli import doctor
from tests._command_line import call_redraw
from tests._machine import make_machine_well


@pytest.fixture
def ports(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    ports = in_memory()
    for place in (bootstrap, doctor):
        monkeypatch.setattr(place, "connect", lambda *_: ports)
    make_machine_well(monkeypatch)
    return ports


@pytest.fixture
def redraw(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    def call(*arguments: str) -> tuple[int, str]:
        code = call_redraw(*arguments)
        return code, capsys.readouterr().out

    return call


def test_doctor_counts_the_documents_of_each_kind(ports: Any, redraw: Any) -> None:
    ports.corrections.documents = {"a": {"status": "merged"}, "b": {"n": 1}}
    code, output = redraw("doctor")
    assert "ok  corrections: 2 documents: 1 merged, 1 without a status" in output
    assert code == 0


def test_a_foreign_status_is_bad_and_says_what_to_do(ports: Any, redraw: Any) -> None:
    ports.corrections.documents = {"a": {"status": "new"}}
    code, output = redraw("doctor")
    assert "BAD corrections: no run reads corrections whose status is not" in output
    assert "redraw corrections adopt --status new" in output
    assert code == 1


def test_runs_show_the_remarks_of_the_last_one_as_they_are(ports: Any, redraw: Any) -> None:
    remark = "look [bold]here[/x]"  # players write parts of it, which is no markup
    ports.runs.request(Run(id="run-1", requested_at=datetime.now(UTC), remarks=[remark]))
    assert f"the last run: {remark}" in redraw("runs")[1]
    assert remark in redraw("runs", "run-1")[1]


def test_where_no_run_started_runs_say_that_nothing_is_pending_by_its_status(
    ports: Any, redraw: Any
) -> None:
    ports.corrections.documents = {"a": {"status": "new"}}
    assert "redraw corrections adopt --status new" in redraw("runs")[1]


def test_what_the_last_run_said_is_not_said_twice(ports: Any, redraw: Any) -> None:
    ports.corrections.documents = {"a": {"status": "new"}}
    foreign = describe_foreign(ports.corrections.count_statuses())
    ports.runs.request(Run(id="run-1", requested_at=datetime.now(UTC), remarks=[foreign]))
    assert redraw("runs")[1].count("adopt --status new") == 1
