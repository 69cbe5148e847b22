"""`redraw trial`, over ports in memory: show, start and stop."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline import bootstrap
from pipeline.bootstrap import in_memory
from pipeline.records.runs import Run
from pipeline.records.trials import TrialKind, TrialReport, TrialState, TrialVerdict
from pipeline.records.versions import VersionFile
from pipeline.storage_paths import model_path
from service.cli import display
from service.cli.main import main
from tests.contract._trials import LOOK, leased, watched
from tests.contract._versions import METRICS, NOW, reserved

Redraw = Callable[..., tuple[int, str]]


@pytest.fixture
def ports() -> Any:
    """v1.0.0 is released, v1.0.1 is ready, each with a file."""
    project: Any = in_memory()
    for number in range(2):
        name = reserved(project.models, f"run-{number}")
        path = model_path(name)
        project.artefacts.objects[path] = b"weights"
        project.models.commit(name, [VersionFile.of(path, b"weights")], METRICS)
    project.models.promote("v1.0.0", by="owner", why="it is better")
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


def test_before_the_first_trial_it_says_how_to_start_one(redraw: Redraw) -> None:
    assert redraw("trial", "show") == (
        0,
        "no version was ever on trial: redraw trial start VERSION\n",
    )


def test_a_trial_is_started_and_says_what_it_is(redraw: Redraw, ports: Any) -> None:
    code, said = redraw("trial", "start", "v1.0.1", "--share", "0.5", "--days", "3")
    assert code == 0
    assert said.startswith("v1.0.1 is on trial beside v1.0.0 (shadow, 50% of the players), since ")
    assert "No run has judged it yet" in said
    trial = ports.trials.current()
    assert (trial.version, trial.share, trial.started_by) == ("v1.0.1", 0.5, "command line")


def test_what_makes_no_trial_is_refused_in_one_line(redraw: Redraw, ports: Any) -> None:
    code, said = redraw("trial", "start", "v1.0.1", "--kind", "canary")
    assert (code, said.count("\n")) == (1, 1)
    assert "0.5 at most" in said
    code, said = redraw("trial", "start", "v9.9.9")
    assert (code, said.count("\n")) == (1, 1)
    assert redraw("trial", "start", "latest")[0] == 1
    assert ports.trials.current() is None


def test_what_runs_have_seen_is_shown(redraw: Redraw, ports: Any) -> None:
    redraw("trial", "start", "v1.0.1")
    ports.trials.note_look(ports.trials.current().id, LOOK, leased(ports))
    code, said = redraw("trial", "show", "v1.0.1")
    assert code == 0
    for words in ("nothing is shown yet", "run-9", "60", "12", "+1.2 points (-25 to 50)"):
        assert words in said, said
    assert "v1.0.1" in redraw("trial", "show")[1]


def test_the_open_trial_is_stopped(redraw: Redraw, ports: Any) -> None:
    redraw("trial", "start", "v1.0.1")
    code, said = redraw("trial", "stop")
    assert (code, "It is stopped: stopped by command line" in said) == (0, True), said
    assert ports.trials.newest("v1.0.1").state is TrialState.STOPPED
    code, said = redraw("trial", "stop")
    assert (code, said.count("\n")) == (1, 1)
    assert "no trial is open" in said


def test_a_trial_whose_document_is_lost_is_named_and_cleared(redraw: Redraw, ports: Any) -> None:
    redraw("trial", "start", "v1.0.1")
    salt = ports.trials.current().salt
    ports.models.trials[salt]["state"] = "won"
    assert f"cannot be read: trials/{salt}: state" in redraw("trial", "show")[1]
    code, said = redraw("trial", "stop")
    assert (code, "cleared" in said) == (0, True)
    assert ports.models.release().trial is None


def test_a_run_shows_what_it_said_about_the_trial() -> None:
    report = TrialReport(
        id="v1.0.1-2",
        version="v1.0.1",
        against="v1.0.0",
        kind=TrialKind.SHADOW,
        verdict=TrialVerdict.OPEN,
        sentence="v1.0.1, on trial beside v1.0.0: nothing is shown yet",
    )
    run = Run(id="run-1", requested_at=NOW, trial=report)
    with display.console.capture() as captured:
        display.print_table(display.result_table(run))
    assert "nothing is shown yet" in " ".join(captured.get().split())


def test_a_watch_that_rolled_back_says_so(monkeypatch: pytest.MonkeyPatch, redraw: Redraw) -> None:
    project = in_memory()
    monkeypatch.setattr(bootstrap, "connect", lambda settings: project)
    watch = watched(project)
    project.models.promote(watch.version, trial=watch.id, by="owner", why="it is better")
    said = redraw("trial", "show", "v1.0.0")[1]
    assert "compared with v1.0.1 since its release" in said
    assert "v1.0.1 was rolled back to v1.0.0" in said
