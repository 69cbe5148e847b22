"""Without TensorFlow a run gets to its end; what needs TensorFlow says so before it begins."""

import sys
from typing import Any

import pytest

from pipeline import bootstrap
from pipeline.baseline_extra import has_tensorflow, require_tensorflow
from pipeline.errors import TensorFlowMissing
from pipeline.records.runs import RunKind, RunState
from pipeline.runs.requests import request_run
from pipeline.settings_reading import load_settings
from pipeline.starting import Role, find_start_problems
from service.checks.tensorflow import check_tensorflow
from service.cli.main import main
from workers.execution import execute

WHAT_TO_DO = "use the image redraw-baseline, or install requirements-baseline.lock"


@pytest.fixture
def _without(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where only requirements-run.lock is installed: no import finds these modules."""
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    monkeypatch.setitem(sys.modules, "keras", None)


def delete_referee(ports: Any) -> None:
    (path,) = (each for each in ports.artefacts.objects if "/referee-" in each)
    del ports.artefacts.objects[path]


def all_pending(ports: Any) -> bool:
    return {each["status"] for each in ports.corrections.documents.values()} == {"pending"}


def test_development_has_it() -> None:
    assert has_tensorflow()
    require_tensorflow("this test")


@pytest.mark.usefixtures("_without")
def test_where_it_is_not_installed_one_line_says_what_to_do() -> None:
    assert not has_tensorflow()
    with pytest.raises(TensorFlowMissing, match=WHAT_TO_DO):
        require_tensorflow("this test")


@pytest.mark.slow
@pytest.mark.usefixtures("_without")
def test_a_run_gets_to_its_end_without_it(world: Any) -> None:
    world.request()
    run = execute("run-1", world.ports, world.settings)
    assert run.state in {RunState.PROMOTED, RunState.REJECTED, RunState.HELD}
    assert run.decision is not None


@pytest.mark.usefixtures("_without")
@pytest.mark.parametrize("what", ["baseline", "keras", "referee"])
def test_a_run_that_needs_it_fails_before_anything_is_collected(world: Any, what: str) -> None:
    kind = RunKind.BASELINE if what == "baseline" else RunKind.RETRAIN
    settings = world.settings
    if what == "keras":
        settings = settings.with_changes(fit={"method": "keras"})
    if what == "referee":
        delete_referee(world.ports)
    requested = request_run(world.ports.runs, "owner", kind=kind)
    run = execute(requested.id, world.ports, settings)
    assert run.state is RunState.FAILED
    assert run.reason is not None
    assert WHAT_TO_DO in run.reason
    assert run.counts.collected == 0
    assert all_pending(world.ports)


@pytest.mark.usefixtures("_without")
@pytest.mark.parametrize(
    "variable", [("REDRAW_FIT_METHOD", "keras"), ("REDRAW_REBASELINE_AUTOMATIC", "true")]
)
def test_a_worker_whose_settings_need_it_does_not_start(
    variable: tuple[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(*variable)
    assert [each for each in find_start_problems(Role.WORKER)[1] if WHAT_TO_DO in each]
    assert not [each for each in find_start_problems(Role.SERVICE)[1] if WHAT_TO_DO in each]


@pytest.mark.usefixtures("_without")
@pytest.mark.parametrize(
    "words",
    [
        ("baseline", "--raw", "."),
        ("train", "--dataset", "README.md", "--out", "model.h5"),
        ("rebaseline",),
        ("demo",),
        ("retrain", "--method", "keras"),
    ],
    ids=" ".join,
)
def test_a_command_that_needs_it_says_so_before_it_connects(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def connect(_settings: Any) -> Any:
        pytest.fail("it connected")

    monkeypatch.setattr(bootstrap, "connect", connect)
    monkeypatch.setattr(sys, "argv", ["redraw", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert WHAT_TO_DO in " ".join(capsys.readouterr().err.split())


@pytest.mark.usefixtures("_without")
def test_doctor_says_when_the_next_run_would_need_it(world: Any) -> None:
    assert check_tensorflow(load_settings(), world.ports).problem is None
    delete_referee(world.ports)
    problem = check_tensorflow(load_settings(), world.ports).problem
    assert problem is not None
    assert WHAT_TO_DO in problem
