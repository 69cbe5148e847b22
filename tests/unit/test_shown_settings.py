"""Settings are shown with where they come from, and no secret is."""

from pathlib import Path

import pytest

from pipeline.logs.cleaning import list_secrets
from pipeline.settings import Settings
from pipeline.settings_reading import list_settings, load_settings
from pipeline.shown_settings import ShownSetting, Source, show_settings


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, _ in list_settings():
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def shown(settings: Settings | None = None) -> dict[str, ShownSetting]:
    return {each.name: each for each in show_settings(settings or load_settings())}


def test_every_setting_is_shown_once() -> None:
    assert sorted(each.name for each in show_settings(load_settings())) == sorted(
        name for name, _ in list_settings()
    )


def test_without_a_variable_all_come_from_the_defaults() -> None:
    assert {each.source for each in shown().values()} == {Source.DEFAULT}
    assert not any(each.changed for each in shown().values())


def test_the_environment_wins_over_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / ".env").write_text("REDRAW_EPOCHS=3\nREDRAW_GATE_MARGIN=0.01\n")
    monkeypatch.setenv("REDRAW_EPOCHS", "4")
    found = shown()
    assert (found["REDRAW_EPOCHS"].value, found["REDRAW_EPOCHS"].source) == (
        "4",
        Source.ENVIRONMENT,
    )
    margin = found["REDRAW_GATE_MARGIN"]
    assert (margin.value, margin.source, margin.changed) == ("0.01", Source.FILE, True)


def test_a_group_that_one_variable_sets_has_its_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDRAW_GATE", '{"margin": 0.01}')
    assert shown()["REDRAW_GATE_MARGIN"].source is Source.ENVIRONMENT
    assert shown()["REDRAW_GATE_CONFIDENCE"].source is Source.DEFAULT


def test_a_default_that_was_written_down_is_not_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDRAW_PORT", "8000")
    port = shown()["REDRAW_PORT"]
    assert (port.source, port.changed) == (Source.ENVIRONMENT, False)


def test_what_has_changed_since_the_start_is_shown_as_it_is_used(folder: Path) -> None:
    (folder / ".env").write_text("REDRAW_PORT=1\n")
    settings = load_settings()
    (folder / ".env").write_text("REDRAW_PORT=2\n")
    port = shown(settings)["REDRAW_PORT"]
    assert (port.value, port.source) == ("1", Source.START)


def test_no_secret_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in {
        "API_KEY": "a-secret-api-key-1",
        "PLAYER_KEY": "a-secret-player-key",
        "REDIS_URL": "redis://ada:a-secret-password@host:6379/0",
        "WEBHOOK_URL": "http://host/a-secret-path",
        "WEBHOOK_SECRET": "whsec_YS1zZWNyZXQtb2YtMjQtYnl0ZXMtYXQtbGVhc3Q=",
        "DASHBOARD_SESSION_SECRET": "a-secret-of-sessions",
    }.items():
        monkeypatch.setenv(f"REDRAW_{name}", text)
    settings = load_settings()
    secrets = set(list_secrets(settings))
    assert len(secrets) > 5
    text = str(shown(settings))
    assert [each for each in secrets if each in text] == []
    assert "a-secret" not in text
    assert shown(settings)["REDRAW_API_KEY"].value == "set"


def test_a_setting_is_found_by_words_of_its_name_and_its_meaning() -> None:
    found = {name for name, each in shown().items() if each.holds("retention keep")}
    assert found == {"REDRAW_RETENTION_KEEP_VERSIONS"}
    assert shown()["REDRAW_RETENTION_KEEP_VERSIONS"].holds("rollback")
