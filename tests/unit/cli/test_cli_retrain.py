"""`redraw retrain`, over ports in memory: what it shows of a run, and by which method it fits."""

import sys
from typing import Any

import pytest

from pipeline import bootstrap
from pipeline.fit.challenger import load_fitted
from service.cli.main import main


@pytest.fixture
def redraw(world: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    monkeypatch.chdir(world.settings.data_dir)
    monkeypatch.setenv("REDRAW_DATA_DIR", str(world.settings.data_dir))
    monkeypatch.setenv("REDRAW_FIT_BASE_ROWS", "200")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(bootstrap, "connect", lambda settings: world.ports)

    def call(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["redraw", "retrain", *arguments])
        main()
        return capsys.readouterr().out

    return call


@pytest.mark.slow
@pytest.mark.parametrize(("arguments", "by_course"), [((), True), (("--method", "keras"), False)])
def test_a_run_is_fitted_by_the_method_that_was_asked_for_and_shows_each_check(
    redraw: Any, world: Any, arguments: tuple[str, ...], by_course: bool
) -> None:
    output = redraw(*arguments)
    (path,) = (path for path in world.ports.artefacts.objects if path.endswith("/fit.npz"))
    assert (
        load_fitted(world.ports.artefacts.objects[path]).hyperparameters is not None
    ) is by_course
    for check in ("clean drawings", "players' drawings", "classes", "golden set"):
        assert check in output


def test_an_unknown_method_is_a_wrong_call(redraw: Any) -> None:
    with pytest.raises(SystemExit) as ended:
        redraw("--method", "magic")
    assert ended.value.code == 2
