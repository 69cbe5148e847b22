"""Commands beside a running `redraw up` or `demo` find it by a file in the data folder."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from emulator.servers import run_emulators
from pipeline.bootstrap import connect
from pipeline.errors import RedrawError
from pipeline.records.runs import Run
from pipeline.settings_reading import load_settings
from service.cli.running import (
    FIREBASE,
    announced,
    find_running,
    load_settings_beside_running,
    refuse_second,
)
from service.cli.stack import find_free_ports

REDRAW = (sys.executable, "-m", "service.cli")
ADDRESSES = {
    "FIRESTORE_EMULATOR_HOST": "127.0.0.1:1234",
    "STORAGE_EMULATOR_HOST": "http://127.0.0.1:1235",
    "REDRAW_REDIS_URL": "redis://127.0.0.1:1236/0",
    "REDRAW_HOST": "127.0.0.1",
    "REDRAW_PORT": "1237",
}


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The data folder of the settings, in a folder without a `.env`."""
    with pytest.MonkeyPatch.context() as environment:
        for name in (*ADDRESSES, "GOOGLE_APPLICATION_CREDENTIALS", "REDRAW_ENVIRONMENT"):
            environment.setenv(name, "is restored at the end")
            os.environ.pop(name)
        monkeypatch.chdir(tmp_path)
        folder = tmp_path / "data"
        folder.mkdir()
        yield folder


def test_a_file_whose_writer_is_dead_is_named_and_ignored(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    died = f"""
import os
from pathlib import Path
from service.cli.running import announced
with announced("up", Path({str(data)!r}), {ADDRESSES!r}):
    os.kill(os.getpid(), 9)
"""
    subprocess.run([sys.executable, "-c", died], check=False, cwd=Path(__file__).parents[3])
    assert (data / "running.json").exists()
    assert load_settings_beside_running().redis_url == "redis://127.0.0.1:6379/0"
    assert not set(FIREBASE) & set(os.environ)
    assert "running.json is ignored: the process that wrote it has ended" in capsys.readouterr().err


def test_a_file_that_nobody_can_read_is_no_reason_to_fail(data: Path) -> None:
    with announced("up", data, ADDRESSES):
        (data / "running.json").write_text("{")
        assert find_running(data) is None


def test_when_it_ends_the_file_is_gone(data: Path) -> None:
    with pytest.raises(KeyboardInterrupt), announced("up", data, ADDRESSES):
        raise KeyboardInterrupt
    assert list(data.iterdir()) == []
    assert find_running(data) is None


def test_in_production_no_emulator_is_used(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDRAW_ENVIRONMENT", "production")
    monkeypatch.setenv("REDRAW_PLAYER_KEY", "a-player-key-for-tests")
    with announced("up", data, ADDRESSES):
        load_settings_beside_running()
    assert not set(FIREBASE) & set(os.environ)


@pytest.mark.parametrize("name", [*FIREBASE, "GOOGLE_APPLICATION_CREDENTIALS"])
def test_a_firebase_that_the_environment_names_wins_as_a_whole(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    monkeypatch.setenv(name, "mine")
    with announced("up", data, ADDRESSES):
        load_settings_beside_running()
    assert {each: os.environ.get(each) for each in FIREBASE if each != name} == dict.fromkeys(
        each for each in FIREBASE if each != name
    )
    assert os.environ[name] == "mine"
    assert f"is not used, as {name} is set" in capsys.readouterr().err


def test_a_setting_of_the_environment_or_of_the_file_wins(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDRAW_REDIS_URL", "redis://mine:6379/0")
    (data.parent / ".env").write_text("REDRAW_PORT=4321\n")
    with announced("up", data, ADDRESSES):
        settings = load_settings_beside_running()
    assert (settings.redis_url, settings.port) == ("redis://mine:6379/0", 4321)


def test_a_second_one_over_the_same_folder_is_refused(data: Path) -> None:
    refuse_second(data)
    with (
        announced("demo", data, ADDRESSES),
        pytest.raises(RedrawError, match=rf"redraw demo.*process {os.getpid()}.*--data-dir"),
    ):
        refuse_second(data)


def test_all_that_runs_is_found(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with announced("up", data, ADDRESSES):
        settings = load_settings_beside_running()
    assert {name: os.environ[name] for name in ADDRESSES} == ADDRESSES
    assert (settings.redis_url, settings.port) == (ADDRESSES["REDRAW_REDIS_URL"], 1237)
    assert f"using `redraw up` (process {os.getpid()}" in capsys.readouterr().err


def without_settings() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("REDRAW_") and name not in FIREBASE
    } | {"PYTHONPATH": str(Path(__file__).parents[3])}


@pytest.mark.slow
def test_the_runs_of_what_runs_are_listed_without_any_export(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with run_emulators() as emulators, announced("demo", data, emulators.environment()):
        for name, value in emulators.environment().items():
            monkeypatch.setenv(name, value)
        run = Run(id="run-beside", requested_at=datetime(2026, 3, 4, tzinfo=UTC))
        connect(load_settings()).runs.request(run)
        listed = subprocess.run(
            [*REDRAW, "runs"], env=without_settings(), capture_output=True, text=True, check=True
        )
    assert "run-beside" in listed.stdout


@pytest.mark.slow  # starts all processes of `redraw up`
def test_commands_beside_a_running_up_need_no_exports(data: Path) -> None:
    ports = find_free_ports()
    environment = without_settings() | {
        "REDRAW_FIRESTORE_PORT": str(ports.firestore),
        "REDRAW_STORAGE_PORT": str(ports.storage),
        "REDRAW_PORT": str(ports.service),
    }
    up = subprocess.Popen([*REDRAW, "up"], env=environment, stdout=subprocess.DEVNULL)
    try:
        while not (data / "running.json").exists():
            assert up.poll() is None
            time.sleep(0.1)
        for command in ("runs", "models", "corrections", "doctor"):
            done = subprocess.run(
                [*REDRAW, command],
                env=without_settings(),
                capture_output=True,
                text=True,
                check=True,
            )
            assert f"process {up.pid}" in done.stderr
    finally:
        up.terminate()
        up.wait(60)
    assert not (data / "running.json").exists()
