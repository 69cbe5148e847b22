"""The command line: exit code 1 with one line that says what to do, 2 for a wrong call."""

from pathlib import Path

import h5py
import pytest

from emulator.players.sketches import write_sketches
from tests._command_line import call_redraw as redraw


@pytest.fixture(autouse=True)
def clean_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in (
        "FIRESTORE_EMULATOR_HOST",
        "STORAGE_EMULATOR_HOST",
        "GOOGLE_APPLICATION_CREDENTIALS",
        "REDRAW_RAW_DIR",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("preprocess",),
        ("preprocess", "--raw", ".", "--out", "x.h5", "--samples-per-class", "0"),
        ("train", "--dataset", "x.h5", "--out", "model.keras"),
        ("baseline",),
        ("emulators", "--firestore-port", "70000"),
    ],
)
def test_a_wrong_call_exits_with_2(arguments: tuple[str, ...]) -> None:
    assert redraw(*arguments) == 2


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        (("preprocess", "--raw", "nowhere", "--out", "x.h5"), "apple.npy is missing"),
        (("train", "--dataset", "none.h5", "--out", "x.h5"), "redraw baseline"),
        (("promote", "latest"), "write it like v1.0.0"),
    ],
)
def test_a_failure_is_one_line_that_says_what_to_do_and_exits_with_1(
    arguments: tuple[str, ...],
    advice: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", "127.0.0.1:1")
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "http://127.0.0.1:1")
    assert redraw(*arguments) == 1
    message = capsys.readouterr().err.strip()
    assert advice in message
    assert "\n" not in message


def test_a_bad_setting_is_named_as_the_owner_wrote_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDRAW_PORT", "eighty")
    assert redraw("models") == 1
    assert "REDRAW_PORT: " in capsys.readouterr().err


def test_without_credentials_the_owner_is_told_what_to_set(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "missing.json"))
    assert redraw("models") == 1
    assert "GOOGLE_APPLICATION_CREDENTIALS" in capsys.readouterr().err


def test_preprocess_keeps_its_flags_and_writes_the_data_set(tmp_path: Path) -> None:
    write_sketches(tmp_path / "raw", 20, 0)
    out = tmp_path / "set.h5"
    assert (
        redraw(
            "preprocess",
            "--raw",
            tmp_path / "raw",
            "--out",
            out,
            "--samples-per-class",
            10,
            "--seed",
            3,
        )
        == 0
    )
    with h5py.File(out) as file:
        assert {name: len(file[name]) for name in ("X_train", "X_val", "X_test")} == {
            "X_train": 160,
            "X_val": 20,
            "X_test": 20,
        }
        assert file.attrs["seed"] == 3
