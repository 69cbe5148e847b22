"""A process that starts with a wrong configuration ends at once, and says all that is wrong."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.adapters import credentials
from pipeline.adapters.credentials import find_credentials_problem
from pipeline.errors import InvalidSettings
from pipeline.settings_reading import load_settings
from pipeline.starting import Role, find_start_problems, settings_to_start

ROOT = Path(__file__).parents[2]
SECRET = "a-secret-that-none-may-see"
EMULATORS = {
    "FIRESTORE_EMULATOR_HOST": "127.0.0.1:1",
    "STORAGE_EMULATOR_HOST": "http://127.0.0.1:1",
}
ALL_WRONG = {
    "REDRAW_ENVIRONMENT": "production",
    "REDRAW_PORT": "http",
    "REDRAW_API_KEY": "short",
    "REDRAW_REDIS_URL": f"https://:{SECRET}@host",
    "REDRAW_CORS_ORIGINS": "game.example",
    "REDRAW_CATEGORIES": "cat",
    "REDRAW_GAME_FIELDS": "{no json",
    "REDRAW_LIMIT_PROXIES": "*",
    "REDRAW_LOG_LEVEL": "loud",
    "REDRAW_SIGNING_KEY": "no-such-file",
    "GOOGLE_APPLICATION_CREDENTIALS": "no-such-file.json",
    "STORAGE_EMULATOR_HOST": "127.0.0.1:1",
}
PROCESSES = {
    "service": ["service.cli", "serve", "--port", "0"],
    "worker": ["celery", "--app", "workers.worker", "worker"],
    "beat": ["celery", "--app", "workers.worker", "beat"],
    "doctor": ["service.cli", "doctor"],
}


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith(("REDRAW_", "GOOGLE_")) or name.endswith("_EMULATOR_HOST"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NO_GCE_CHECK", "true")


@pytest.fixture
def _emulated(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in EMULATORS.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("_emulated")
@pytest.mark.parametrize("role", Role)
def test_the_defaults_start(role: Role) -> None:
    assert settings_to_start(role).project_id == "demo-redraw"


def test_all_that_is_wrong_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ALL_WRONG.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("REDRAW_DATA_DIR", "/proc/nowhere")
    _, problems = find_start_problems(Role.WORKER)
    for name in (*ALL_WRONG, "REDRAW_PLAYER_KEY", "REDRAW_PROJECT_ID", "REDRAW_DATA_DIR"):
        assert name == "REDRAW_ENVIRONMENT" or any(name in problem for problem in problems), name
    assert len(problems) == len(set(problems))
    assert not any("\n" in problem for problem in problems)
    assert SECRET not in str(problems)


def test_an_invalid_value_hides_no_other_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDRAW_PORT", "x")
    monkeypatch.setenv("REDRAW_API_KEY", "short")
    with pytest.raises(InvalidSettings) as refused:
        load_settings()
    assert [problem.partition(" ")[0] for problem in refused.value.problems] == [
        "REDRAW_PORT:",
        "REDRAW_API_KEY",
    ]


def test_maps_and_lists_that_are_no_json_are_told_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Path(".env").write_text("REDRAW_GAME_LABELS=smiley\nREDRAW_SEED=x\n")
    monkeypatch.setenv("REDRAW_GAME_FIELDS", "{no json")
    with pytest.raises(InvalidSettings, match="JSON in one line") as refused:
        load_settings()
    names = {problem.partition(":")[0] for problem in refused.value.problems}
    assert names == {"REDRAW_GAME_FIELDS", "REDRAW_GAME_LABELS", "REDRAW_SEED"}


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", None])
def test_a_dotenv_file_that_cannot_be_read_is_named(content: bytes | None) -> None:
    if content is None:
        Path(".env").touch(0)
        if os.access(".env", os.R_OK):
            pytest.skip("this user may read everything")
    else:
        Path(".env").write_bytes(content)
    with pytest.raises(InvalidSettings, match=r"^\.env cannot be read"):
        load_settings()


@pytest.mark.usefixtures("_emulated")
def test_all_mistakes_about_the_game_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDRAW_GAME_FIELDS", '{"a": "b", "status": "c.d"}')
    monkeypatch.setenv("REDRAW_GAME_LABELS", '{"x": "nothing"}')
    _, problems = find_start_problems(Role.SERVICE)
    assert len(problems) == 3


@pytest.mark.parametrize(
    ("url", "is_valid"),
    [
        ("redis://127.0.0.1:6379/0", True),
        ("rediss://user:pass@redis.example", True),
        ("redis://[::1]:6379", True),
        ("unix:///run/redis.sock", True),
        ("http://127.0.0.1:6379", False),
        ("127.0.0.1:6379", False),
        ("redis://", False),
        ("redis://host:port/0", False),
        ("redis://host:99999/0", False),
        ("redis://host/first", False),
        ("", False),
    ],
)
def test_the_address_of_redis_is_one(
    url: str, monkeypatch: pytest.MonkeyPatch, *, is_valid: bool
) -> None:
    monkeypatch.setenv("REDRAW_REDIS_URL", url)
    if is_valid:
        assert load_settings().redis_url == url
    else:
        with pytest.raises(InvalidSettings, match=r"^REDRAW_REDIS_URL: .*write redis://"):
            load_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FIRESTORE_EMULATOR_HOST", "http://127.0.0.1:8080"),
        ("FIRESTORE_EMULATOR_HOST", "localhost"),
        ("STORAGE_EMULATOR_HOST", "127.0.0.1:9199"),
    ],
)
@pytest.mark.usefixtures("_emulated")
def test_an_emulator_has_an_address(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    [problem] = find_start_problems(Role.BEAT)[1]
    assert problem.startswith(f"{name}: ")


@pytest.mark.usefixtures("_emulated")
def test_a_worker_that_cannot_sign_is_told_so_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDRAW_TRUSTED_KEYS", "A" * 43 + "=")
    assert find_start_problems(Role.SERVICE)[1] == []
    [problem] = find_start_problems(Role.WORKER)[1]
    assert "REDRAW_SIGNING_KEY" in problem


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read: No such file"),
        (b"\xff", "is no JSON"),
        (b"[]", "holds no credentials"),
        (b'{"private_key": "k"}', "holds no credentials"),
        (b'{"type": "odd"}', "is not usable"),
        (json.dumps({"type": "service_account", "private_key": SECRET}).encode(), "is not usable"),
    ],
)
def test_what_is_wrong_with_googles_credentials_is_said(
    content: bytes | None, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if content is not None:
        Path("key.json").write_bytes(content)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "key.json")
    problem = str(find_credentials_problem())
    assert problem.startswith("GOOGLE_APPLICATION_CREDENTIALS: key.json (it ")
    assert said in problem
    assert "set GOOGLE_APPLICATION_CREDENTIALS" in problem
    assert SECRET not in problem


def test_without_any_credentials_it_is_said_where_to_name_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail() -> None:
        raise credentials.DefaultCredentialsError("Your default credentials were not found.")

    monkeypatch.setattr(credentials, "default", fail)
    problem = str(find_credentials_problem())
    assert problem.startswith("no Google credentials (Your default")
    assert "set GOOGLE_APPLICATION_CREDENTIALS" in problem


def test_beat_needs_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "no-such-file")
    assert find_start_problems(Role.BEAT)[1] == []
    assert len(find_start_problems(Role.SERVICE)[1]) == 1


@pytest.mark.slow
@pytest.mark.parametrize("process", PROCESSES)
def test_each_process_says_it_and_ends_without_a_traceback(process: str, tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", *PROCESSES[process]],
        env={**os.environ, **ALL_WRONG, "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    lines = ended.stderr.splitlines()
    assert ended.returncode == 1
    assert len(lines) > 10
    assert all(line.startswith("redraw: ") for line in lines)
    assert SECRET not in ended.stderr
