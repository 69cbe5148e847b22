"""`redraw` over ports in memory, for commands that execute a run."""

import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline import bootstrap
from pipeline.bootstrap import in_memory
from service.cli.display import console
from service.cli.main import main
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
        monkeypatch.setattr(sys, "argv", ["redraw", *arguments])
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        return code, *capsys.readouterr()

    return call
