"""`redraw doctor` on the command line: its lines, its JSON, its exit code, and whatever hangs."""

import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.adapters import google_inspection
from pipeline.bootstrap import in_memory
from pipeline.errors import Unavailable
from pipeline.ports import Ports
from service.checks import making
from service.checks.check import Check, Finding
from service.cli import doctor
from tests._command_line import call_redraw
from tests._machine import make_machine_well
from workers import redis_ping

Call = Callable[..., tuple[int, str]]


@pytest.fixture
def ports() -> Any:
    return in_memory()


@pytest.fixture
def call(
    ports: Ports,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> Call:
    """Call `redraw doctor` with options; return its exit code and output."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(doctor, "connect", lambda *_: ports)
    make_machine_well(monkeypatch)

    def run(*options: str) -> tuple[int, str]:
        code = call_redraw("doctor", *options)
        return code, capsys.readouterr().out

    return run


def fail(*_: object) -> None:
    raise Unavailable("it does not answer: start it")


def test_a_problem_names_its_chapter_of_the_runbook(
    call: Call, ports: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ports.models, "has_ready", fail)
    code, output = call()
    assert code == 1
    assert "does not answer: start it (docs/runbook.md#check-firestore)" in output
    assert "??  release: not looked at" in output


def test_json_is_one_document_whose_count_is_that_of_the_exit_code(
    call: Call, ports: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ports.models, "has_ready", fail)
    code, output = call("--json")
    document = json.loads(output)
    assert code == 1
    failed = [each["check"] for each in document["checks"] if each["failed"]]
    assert failed == ["Firestore"]
    assert document["failed"] == 1
    assert document["checks"][0].keys() == {
        "check",
        "state",
        "failed",
        "seconds",
        "runbook",
        "findings",
    }


def test_quick_leaves_out_what_reads_all_data(call: Call) -> None:
    checks = {
        options: {each["check"] for each in json.loads(call("--json", *options)[1])["checks"]}
        for options in ((), ("--quick",))
    }
    assert checks[()] - checks[("--quick",)] == {
        "data set",
        "log of the data set in Storage",
        "files of the released version",
    }


def test_a_web_process_needs_no_data_folder_and_no_memory_for_runs(call: Call) -> None:
    code, output = call("--role", "service", "--json")
    checks = {each["check"] for each in json.loads(output)["checks"]}
    assert code == 0
    assert not checks & {"disk", "memory"}


def test_it_changes_nothing(call: Call, ports: Any) -> None:
    call()
    assert ports.artefacts.objects == {}
    assert ports.runs.documents == {}


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_check_that_hangs_is_told_and_the_next_one_is_made(
    call: Call, silent: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look() -> list[Finding]:
        with socket.create_connection(("127.0.0.1", silent)) as connection:
            connection.recv(1)
        return []

    monkeypatch.setattr(making.wait_for_check, "__defaults__", (0.05, 0.05, lambda: 0.0))
    checks = [Check("hangs", look), Check("well", lambda: [Finding("well")])]
    monkeypatch.setattr(doctor, "list_machine_checks", lambda *_: checks)
    monkeypatch.setattr(doctor, "list_project_checks", lambda *_: [])
    code, output = call()
    assert code == 1
    assert "BAD hangs: it did not end within" in output
    assert "ok  well" in output


@pytest.mark.slow
def test_with_redis_firestore_and_storage_silent_each_is_named(
    silent: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", f"127.0.0.1:{silent}")
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{silent}")
    monkeypatch.setenv("REDRAW_REDIS_URL", f"redis://127.0.0.1:{silent}/0")
    monkeypatch.setattr(doctor, "ANSWER_SECONDS", 0.5)
    monkeypatch.setattr(google_inspection, "CALL_SECONDS", 0.5)
    monkeypatch.setattr(redis_ping, "TIMEOUT_SECONDS", 0.2)
    assert call_redraw("doctor") == 1
    lines = capsys.readouterr().out.splitlines()
    bad = [line for line in lines if line.startswith("BAD")]
    assert [
        any(line.startswith(f"BAD {name}") for line in bad)
        for name in ("Redis", "Firestore", "Storage")
    ] == [True] * 3
    assert any(line.startswith("??  clock") for line in lines)
