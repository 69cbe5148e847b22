"""`redraw` over ports in memory, for commands that execute a run."""

from pathlib import Path
from typing import Any

import pytest

from pipeline import bootstrap
from pipeline.bootstrap import in_memory
from service.cli.display import console
from tests._command_line import call_redraw
from tests.unit.cli._runs import Call, promoted
from workers import execution


@pytest.fixture
def ports() -> Any:
    return in_memory()


@pytest.fixture
def redraw(
    ports: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> Call:
    """Call `redraw`; `story` stands for the retraining. Return exit code, output and errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(bootstrap, "connect", lambda settings: ports)

    def call(*arguments: str, story: Any = promoted) -> tuple[int, str, str]:
        monkeypatch.setattr(console, "_width", 300)
        monkeypatch.setattr(console, "_height", 100)
        monkeypatch.setattr(execution, "retrain", story)
        code = call_redraw(*arguments)
        return code, *capsys.readouterr()

    return call
