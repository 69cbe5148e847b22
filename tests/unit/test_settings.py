"""Defaults work; a bad value is one line that names its variable; placeholders are refused."""

import os
from pathlib import Path

import pytest

from pipeline.errors import InvalidSettings
from pipeline.settings import (
    DEVELOPMENT_PLAYER_KEY,
    FitSettings,
    GateSettings,
    Settings,
    TriggerSettings,
)
from pipeline.settings_reading import list_settings, load_settings

SECRET = "0123456789abcdef-secret"
EMULATORS = ("FIREBASE_AUTH_EMULATOR_HOST", "FIRESTORE_EMULATOR_HOST", "STORAGE_EMULATOR_HOST")


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in os.environ:
        if name.startswith("REDRAW_") or name in EMULATORS:
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


BAD = {
    "CATEGORIES": "cat,,sun",
    "PORT": "http",
    "FIRESTORE_PORT": "-1",
    "STORAGE_PORT": "65536",
    "ENVIRONMENT": "staging",
    "REDIS_SERVER": "valkey",
    "SAMPLES_PER_CLASS": "9",
    "RECIPE": "quick",
    "EPOCHS": "0",
    "BATCH_SIZE": "0",
    "CANVAS_COPIES": "-1",
    "SEED": "4294967296",
    "RETRAIN_THRESHOLD": "0",
    "NIGHTLY_HOUR": "24",
    "LEASE_SECONDS": "0",
    "SWEEP_SECONDS": "inf",
    "MAX_DEATHS": "0",
    "PATIENCE_HOURS": "0",
    "MAX_CANVAS_BYTES": "0",
    "FIT_CORRECTION_WEIGHT": "0",
    "FIT_ANCHOR_STRENGTH": "nan",
    "FIT_BASE_ROWS": "0",
    "GATE_MARGIN": "1.1",
    "TRIGGER_AGE_HOURS": "0",
    "TRIGGER_FEWEST_PENDING": "0",
    "TRIGGER_DRIFT_RISE": "0",
    "TRIGGER_DRIFT_WINDOW_HOURS": "0",
    "TRIGGER_PAUSE_HOURS": "25",
    "CHECK_SECONDS": "0",
    "GATE_DRIFT": "-1",
    "GATE_CLASS_MARGIN": "2",
    "GATE_GOLDEN_WRONG": "-1",
    "GATE_CONFIDENCE": "1",
    "GATE_EAGERNESS": "0.5",
    "SIGNING_KEY": "no-such-file",
    "TRUSTED_KEYS": "abc",
}


@pytest.mark.parametrize(("name", "value"), BAD.items())
def test_a_bad_value_is_one_line_that_names_the_variable(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"REDRAW_{name}", value)
    with pytest.raises(InvalidSettings, match=f"^REDRAW_{name}: .+$") as refused:
        load_settings()
    assert "\n" not in str(refused.value)


def test_two_bad_values_are_both_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDRAW_PORT", "x")
    monkeypatch.setenv("REDRAW_EPOCHS", "y")
    with pytest.raises(InvalidSettings, match=r"^REDRAW_PORT: .*; REDRAW_EPOCHS: .*$"):
        load_settings()


@pytest.mark.parametrize("key", ["", "0123456789abcde"])
def test_a_short_api_key_is_refused_without_repeating_it(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDRAW_API_KEY", key)
    with pytest.raises(InvalidSettings, match="REDRAW_API_KEY is shorter") as refused:
        load_settings()
    assert not key or key not in str(refused.value)


def test_a_short_session_secret_is_refused_without_repeating_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REDRAW_DASHBOARD_SESSION_SECRET", "fifteen-letters")
    with pytest.raises(
        InvalidSettings, match=r"^REDRAW_DASHBOARD_SESSION_SECRET: .*short"
    ) as refused:
        load_settings()
    assert "fifteen-letters" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AUTH_DOMAIN", "https://x.firebaseapp.com"),
        ("AUTH_DOMAIN", "x.example; script-src *"),
        ("API_KEY", "a b"),
    ],
)
def test_what_goes_into_the_policy_of_the_sign_in_page_is_one_word(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"REDRAW_DASHBOARD_FIREBASE_{name}", value)
    with pytest.raises(InvalidSettings, match=f"^REDRAW_DASHBOARD_FIREBASE_{name}: "):
        load_settings()


@pytest.mark.parametrize("key", [None, DEVELOPMENT_PLAYER_KEY, "", "short"])
def test_production_refuses_a_placeholder_for_the_player_key(
    key: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDRAW_ENVIRONMENT", "production")
    if key is not None:
        monkeypatch.setenv("REDRAW_PLAYER_KEY", key)
    with pytest.raises(InvalidSettings, match=r"^REDRAW_PLAYER_KEY must be set in production"):
        load_settings()


@pytest.mark.parametrize("name", EMULATORS)
def test_production_refuses_every_emulator_variable(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "127.0.0.1:1")
    with pytest.raises(InvalidSettings, match=f"^{name} is set"):
        load_settings(environment="production", player_key=SECRET)


def test_production_starts_with_real_secrets() -> None:
    assert load_settings(environment="production", player_key=SECRET).environment == "production"


@pytest.mark.parametrize("name", EMULATORS)
def test_development_allows_emulators(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "127.0.0.1:1")
    assert load_settings().environment == "development"


def test_secrets_are_not_in_any_printed_form() -> None:
    settings = load_settings(api_key=SECRET, player_key=SECRET)
    for printed in (
        repr(settings),
        str(settings),
        settings.model_dump_json(),
        repr(settings.model_dump()),
    ):
        assert SECRET not in printed


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_settings().port = 1  # type: ignore[misc]


def test_without_any_environment_every_default_is_valid() -> None:
    assert Settings.model_validate(load_settings().model_dump()) == load_settings()


def test_every_field_has_a_default_and_a_description() -> None:
    for name, field in list_settings():
        assert not field.is_required(), name
        assert field.description, name


def test_a_dotenv_file_in_the_working_folder_is_read() -> None:
    Path(".env").write_text("REDRAW_PORT=1234\nREDRAW_DATA_DIR=/elsewhere\nSOMEBODY_ELSE=1\n")
    settings = load_settings()
    assert (settings.port, settings.dataset_file) == (1234, Path("/elsewhere/quickdraw_20cat.h5"))


def test_the_environment_comes_before_the_dotenv_file_and_an_argument_before_both(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Path(".env").write_text("REDRAW_PORT=1\nREDRAW_EPOCHS=1\nREDRAW_SEED=1\n")
    monkeypatch.setenv("REDRAW_EPOCHS", "2")
    monkeypatch.setenv("REDRAW_SEED", "2")
    settings = load_settings(seed=3)
    assert (settings.port, settings.epochs, settings.seed) == (1, 2, 3)


def test_classes_are_read_from_a_variable_or_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDRAW_CATEGORIES", "sun, smiley face")
    assert load_settings().categories == ("sun", "smiley face")
    Path("classes.txt").write_text("horse\nunicorn\ncat\n")
    monkeypatch.setenv("REDRAW_CATEGORIES", "classes.txt")
    settings = load_settings()
    assert settings.categories == ("horse", "unicorn", "cat")
    assert settings.dataset_file.name == "quickdraw_3cat.h5"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("", "neither names separated by commas nor a file"),
        ("cat", "neither names separated by commas nor a file"),
        (",".join(f"c{number}" for number in range(256)), "there are 256 classes: 2 are needed"),
    ],
    ids=["empty", "one name", "256"],
)
def test_classes_that_cannot_be_used_are_refused_at_once(
    value: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDRAW_CATEGORIES", value)
    with pytest.raises(InvalidSettings, match=f"^REDRAW_CATEGORIES: .*{message}") as refused:
        load_settings()
    assert len(str(refused.value)) < 200


def test_all_files_lie_in_the_data_folder() -> None:
    settings = load_settings(data_dir="/somewhere")
    assert {
        settings.dataset_file.parent,
        settings.baseline_file.parent,
        settings.logs_dir.parent,
    } == {Path("/somewhere")}


def test_a_variable_of_a_group_is_read_and_leaves_the_others_at_their_defaults(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REDRAW_GATE_CLASS_MARGIN", "0.04")
    monkeypatch.setenv("REDRAW_TRIGGER_DRIFT_WINDOW_HOURS", "168")
    settings = load_settings()
    assert settings.gate == GateSettings(class_margin=0.04)
    assert settings.trigger == TriggerSettings(drift_window_hours=168)
    assert settings.fit == FitSettings()


def test_a_change_of_one_field_of_a_group_keeps_its_other_fields() -> None:
    changed = load_settings(gate={"margin": 0.1}).with_changes(gate={"eagerness": 2.0}, port=1)
    assert (changed.gate.margin, changed.gate.eagerness, changed.port) == (0.1, 2.0, 1)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("gs://game.appspot.com", "game.appspot.com"),
        ("gs://game.appspot.com/", "game.appspot.com"),
        ("game.appspot.com/drawings", "game.appspot.com"),
        ("/game.appspot.com", "game.appspot.com"),
        (" game.appspot.com ", "game.appspot.com"),
        ("", ""),
        ("a b", ""),
    ],
)
def test_a_bucket_is_a_name_and_no_address(
    monkeypatch: pytest.MonkeyPatch, value: str, name: str
) -> None:
    monkeypatch.setenv("REDRAW_BUCKET", value)
    with pytest.raises(InvalidSettings) as refused:
        load_settings(_env_file=None)
    message = str(refused.value)
    assert message.startswith("REDRAW_BUCKET: write the bucket's name alone")
    assert "\n" not in message
    assert (f"here {name}," in message) is bool(name)
