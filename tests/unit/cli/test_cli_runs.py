"""`redraw runs`, over ports in memory: the newest runs, as many as are asked for."""

import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline import bootstrap
from pipeline.bootstrap import in_memory
from pipeline.records.runs import Run
from service.cli.main import main


def test_as_many_of_the_newest_runs_are_listed_as_are_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    ports = in_memory()
    for number in range(3):
        at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number)
        ports.runs.request(Run(id=f"run-{number}", requested_at=at))
        ports.runs.cancel(f"run-{number}", "ada")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(bootstrap, "connect", lambda settings: ports)
    monkeypatch.setattr(sys, "argv", ["redraw", "runs", "--limit", "2"])
    main()
    assert re.findall(r"run-\d", capsys.readouterr().out) == ["run-2", "run-1"]
