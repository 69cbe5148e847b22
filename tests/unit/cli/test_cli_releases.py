"""`redraw releases`, `rollback`, `promote --why` and `tidy`, over ports in memory."""

import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline import bootstrap
from pipeline.bootstrap import in_memory
from pipeline.errors import RedrawError
from pipeline.records.versions import VersionFile
from pipeline.storage_paths import model_path
from pipeline.versions.janitor import GRACE
from service.checks.documents import check_publications
from service.cli.main import main
from tests.contract._versions import METRICS, reserved

Redraw = Callable[..., tuple[int, str]]


@pytest.fixture
def ports() -> Any:
    """v1.0.0 to v1.0.2, released one after the other."""
    project: Any = in_memory()
    for number in range(3):
        name = reserved(project.models, f"run-{number}")
        path = model_path(name)
        project.artefacts.objects[path] = b"weights"
        project.models.commit(name, [VersionFile.of(path, b"weights")], METRICS)
        project.models.promote(name, by=f"run-{number}", why="it is better")
    return project


@pytest.fixture
def redraw(
    ports: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Redraw:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(bootstrap, "connect", lambda settings: ports)

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


def test_one_command_goes_back_and_the_history_says_why(redraw: Redraw, ports: Any) -> None:
    said = redraw("rollback", "--why", "cats are\nnot recognised")
    assert said == (0, "v1.0.1 is released; before it: v1.0.2\n")
    newest = ports.models.history().records[0]
    assert (newest.version, newest.by, newest.why) == ("v1.0.1", "owner", "cats are not recognised")


def test_called_again_it_goes_further_back_and_then_says_that_there_is_nothing(
    redraw: Redraw,
) -> None:
    redraw("rollback")
    assert redraw("rollback")[1].startswith("v1.0.0 is released")
    code, said = redraw("rollback")
    assert (code, said.count("\n")) == (1, 1)
    assert "no ready version was released before v1.0.0" in said
    assert "redraw promote VERSION" in said


def test_the_table_says_which_version_was_live_by_whom_and_why(redraw: Redraw, ports: Any) -> None:
    redraw("promote", "v1.0.0", "--why", "it was the best")
    code, said = redraw("releases")
    lines = [line.split() for line in said.splitlines() if "v1.0." in line]
    assert code == 0
    assert [next(word for word in line if word.startswith("v1")) for line in lines] == [
        "v1.0.0", "v1.0.2", "v1.0.1", "v1.0.0",
    ]  # fmt: skip
    assert "now" in lines[0]
    assert "it was the best" in said
    assert all("now" not in line for line in lines[1:])
    assert "there are more: --limit 4" in redraw("releases", "--limit", "2")[1]


def test_an_entry_that_cannot_be_read_is_named(redraw: Redraw, ports: Any) -> None:
    ports.models.changes["000000000002"] = {"fence": 2}
    assert "cannot be read: release_history/000000000002: " in redraw("releases")[1]


def test_tidy_says_first_what_it_would_do(redraw: Redraw, ports: Any) -> None:
    assert redraw("tidy") == (0, "no publication was interrupted\n")
    name = reserved(ports.models, "run-gone")
    ports.models._models[name]["createdAt"] -= GRACE + timedelta(days=900)
    with pytest.raises(RedrawError, match=f"{name} .give up: nothing was stored for it.*tidy"):
        check_publications(ports)
    told = (0, f"{name}: give up, nothing was stored for it\n")
    assert redraw("tidy", "--preview") == told
    assert ports.models.get(name).status == "publishing"
    assert redraw("tidy") == told
    check_publications(ports)
    assert ports.models.get(name).status == "withdrawn"
