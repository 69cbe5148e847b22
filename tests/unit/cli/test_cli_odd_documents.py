"""The command line beside documents of other writers: it goes on, and names them."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline import bootstrap
from pipeline.bootstrap import in_memory
from pipeline.errors import Unavailable
from pipeline.records.runs import Run, RunState
from pipeline.records.versions import VersionFile
from pipeline.storage_paths import model_path
from service.cli import doctor
from service.cli.main import main
from tests._machine import make_machine_well
from tests.contract import _odd
from tests.contract._versions import METRICS, NOW, ready, reserved

Redraw = Callable[..., tuple[int, str]]


@pytest.fixture
def ports() -> Any:
    return in_memory()


@pytest.fixture
def odd(ports: Any) -> Any:
    """The ports, with every odd document of the contract."""
    for number, fields in enumerate(_odd.FOREIGN_VERSIONS.values()):
        ports.models._models[f"v0.1.{number}"] = fields
    ports.models._models["v0.2.0"] = _odd.DAMAGED_VERSIONS["no files"]
    ports.models._models["v5.0.0_100cat[/x]"] = {}
    ports.runs.documents.update(_odd.ODD_RUNS)
    ports.corrections.odd_decisions.update(_odd.ODD_DECISIONS)
    return ports


@pytest.fixture
def redraw(
    ports: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Redraw:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(bootstrap, "connect", lambda settings: ports)
    monkeypatch.setattr(doctor, "connect", lambda *_: ports)
    make_machine_well(monkeypatch)

    def call(*arguments: object) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["redraw", *map(str, arguments)])
        try:
            main()
            code = 0
        except SystemExit as ended:
            code = int(ended.code or 0)
        captured = capsys.readouterr()
        return code, captured.out + captured.err

    return call


def request(ports: Any, **fields: Any) -> None:
    ports.runs.request(Run(id="run-1", requested_at=NOW, **fields))


def test_versions_are_listed_and_what_cannot_be_read_is_named(redraw: Redraw, odd: Any) -> None:
    made = ready(odd.models)
    code, output = redraw("models")
    assert code == 0
    for words in (made, "v0.1.0", "foreign"):
        assert words in output
    assert "cannot be read: models/v0.2.0: files: it is ready, but has none" in output
    assert "cannot be read: models/v5.0.0_100cat[/x]: its id is no version number" in output


def test_runs_are_listed_and_what_cannot_be_read_is_named(redraw: Redraw, odd: Any) -> None:
    request(odd)
    code, output = redraw("runs")
    assert (code, "run-1" in output) == (0, True)
    for name in _odd.ODD_RUNS:
        assert f"cannot be read: training_runs/{name}: " in output


def test_a_list_is_bounded_and_says_how_to_see_more(redraw: Redraw, ports: Any) -> None:
    for number in range(3):
        ready(ports.models, f"run-{number}")
    request(ports)
    ports.runs.record(ports.runs.claim("run-1", "worker", 60), {"state": RunState.FAILED})
    ports.runs.request(Run(id="run-2", requested_at=NOW))
    output = redraw("models", "--limit", 2)[1]
    assert [name in output for name in ("v1.0.2", "v1.0.1", "v1.0.0")] == [True, True, False]
    assert "there are more: --limit 4" in output
    assert "--limit 2" in redraw("runs", "--limit", 1)[1]


def test_a_run_that_cannot_be_read_says_so_in_a_line(redraw: Redraw, odd: Any) -> None:
    code, output = redraw("runs", "empty")
    assert (code, output.count("\n")) == (1, 1)
    assert "training_runs/empty cannot be read (requestedAt: it is missing)" in output


@pytest.mark.parametrize("words", ["[/x]", "[bold]", ":cat:", "\x1b[2J\u202e", "a\nb", "[link=x]y"])
@pytest.mark.parametrize("field", ["purpose", "reason", "version", "requested_by"])
def test_no_text_of_a_run_is_taken_for_markup_or_moves_the_terminal(
    redraw: Redraw, ports: Any, field: str, words: str
) -> None:
    request(ports, **{field: words})
    shown, listed = redraw("runs", "run-1"), redraw("runs")
    assert (shown[0], listed[0]) == (0, 0)
    assert not {"\x1b", "\u202e"} & {*shown[1], *listed[1]}
    if words.isprintable() and field in ("purpose", "reason"):
        assert words in shown[1]


def checked(output: str, name: str) -> str:
    (line,) = (line for line in output.splitlines() if line[4:].startswith(name))
    return line


def test_doctor_names_what_cannot_be_read_and_what_to_do(redraw: Redraw, odd: Any) -> None:
    code, output = redraw("doctor")
    line = checked(output, "documents")
    assert (code, line[:3]) == (1, "BAD")
    for path in ("models/v0.2.0", "models/v5.0.0_100cat[/x]", "training_runs/", "decisions/"):
        assert path in line
    assert "Traceback" not in output


def test_doctor_is_content_with_a_new_project_and_with_versions_of_the_game_s(
    redraw: Redraw, ports: Any
) -> None:
    ports.models._models["v1.0.0"] = _odd.FOREIGN_VERSIONS["accuracy alone"]
    code, output = redraw("doctor")
    assert (code, checked(output, "release")[:3], checked(output, "documents")[:3]) == (
        0, "ok ", "ok ",
    ), output  # fmt: skip


@pytest.mark.parametrize(
    ("release", "words"),
    [
        (None, "nothing is released, although there are versions that are ready"),
        ({}, "releases/production cannot be read"),
        ({**_odd.RELEASE, "fence": "x"}, "releases/production cannot be read (fence"),
        ({**_odd.RELEASE, "version": "v9.9.9"}, "v9.9.9 is released, but there is no such version"),
        ({**_odd.RELEASE, "version": "v0.5.0"}, "names v0.5.0, which is foreign"),
        ({**_odd.RELEASE, "version": "v0.6.0"}, "models/v0.6.0 cannot be read"),
    ],
)
def test_doctor_says_how_to_repair_a_release(
    redraw: Redraw, ports: Any, release: dict[str, Any] | None, words: str
) -> None:
    made = reserved(ports.models)
    file = VersionFile.of(model_path(made), b"weights")
    ports.artefacts.create(file.path, b"weights")
    ports.models.commit(made, [file], METRICS)
    ports.models._models |= {"v0.5.0": {}, "v0.6.0": _odd.DAMAGED_VERSIONS["no files"]}
    ports.models._release = release
    line = checked(redraw("doctor")[1], "release")
    assert (line[:3], words in line) == ("BAD", True), line
    assert f"`redraw promote {made}`" in line
    assert "baseline" not in line
    assert "credentials" not in line
    assert redraw("promote", made)[0] == 0
    assert checked(redraw("doctor")[1], "release")[:3] == "ok "


def test_doctor_asks_a_firestore_that_does_not_answer_once(
    redraw: Redraw, ports: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise Unavailable("Firestore does not answer")

    for name in ("has_ready", "release", "page"):
        monkeypatch.setattr(ports.models, name, fail)
    assert redraw("doctor")[1].count("Firestore does not answer") == 1
