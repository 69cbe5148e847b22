"""Neither secrets nor persons get into the log, whatever writes them."""

import base64
import logging
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr, ValidationError

from pipeline.logs.cleaning import Cleaning, clean_by, list_secrets
from pipeline.logs.configure import make_formatter
from pipeline.settings import DEVELOPMENT_PLAYER_KEY, Settings
from pipeline.settings_reading import list_settings
from tests.unit.logs._records import record_of, settings_of, write

SECRET = "t0p/secret+value-of-a-test"
KEY_TEXT = base64.b64encode(b"k" * 32).decode()
STYLES = ["json", "text"]
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJ1aWQiOiJwaWEifQ.c2lnbmF0dXJl"


def secret_fields() -> list[str]:
    """The environment variables of all settings that are secret."""
    return [name for name, field in list_settings() if "SecretStr" in str(field.annotation)]


def with_secret(variable: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Settings, str]:
    monkeypatch.setenv("REDRAW_WEBHOOK_SECRET", f"whsec_{KEY_TEXT}")
    value = {
        "REDRAW_SIGNING_KEY": KEY_TEXT,
        "REDRAW_WEBHOOK_SECRET": f"whsec_{KEY_TEXT}",
        "REDRAW_WEBHOOK_URL": "https://hooks.example/services/T0/B0/a-secret",
    }.get(variable, SECRET)
    monkeypatch.setenv(variable, value)
    return Settings(_env_file=None), value


def test_the_settings_have_secrets() -> None:
    assert {"REDRAW_API_KEY", "REDRAW_PLAYER_KEY", "REDRAW_SIGNING_KEY"} <= set(secret_fields())


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("variable", secret_fields())
def test_no_secret_setting_is_seen(
    variable: str, style: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, value = with_secret(variable, monkeypatch)
    formatter = make_formatter(settings.with_changes(log={"format": style}))
    try:
        int(value)
    except ValueError:
        line = formatter.format(record_of("with %s and %r", value, [value], error=True))
    assert value not in line
    assert line.count("***") >= 3


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(
    "logger", ["uvicorn.error", "celery.app.trace", "kombu.connection", "google.auth", "x"]
)
def test_whoever_logs_it(style: str, logger: str) -> None:
    record = record_of("%s", f"X-API-Key: {SECRET}")
    record.name = logger
    assert SECRET not in write(record, style, api_key=SECRET)


def test_what_a_key_file_holds_is_a_secret_too(tmp_path: Path) -> None:
    file = tmp_path / "signing.key"
    file.write_text(KEY_TEXT + "\n")
    line = write(record_of("key %s of %s", KEY_TEXT, file), "text", signing_key=str(file))
    assert KEY_TEXT not in line


def test_the_path_of_a_secret_address_is_a_secret() -> None:
    settings = settings_of("text").with_changes(
        webhook={"url": SecretStr("https://hooks.example/services/a-secret")}
    )
    line = make_formatter(settings).format(record_of("POST /services/a-secret: 404"))
    assert "a-secret" not in line


@pytest.mark.parametrize("spelled", ["pa%2Fss%40word", "pa/ss@word"])
def test_the_password_of_redis_is_not_seen(spelled: str) -> None:
    url = "redis://:pa%2Fss%40word@redis.example:6379/0"
    for text in (f"Error connecting to {url}", f"AUTH {spelled} refused"):
        line = write(record_of(text), "text", redis_url=url)
        assert "ss@word" not in line
        assert "ss%40word" not in line
    assert "redis.example:6379" in write(record_of(url), "text", redis_url=url)


def test_the_key_of_development_is_known_to_all_and_stays() -> None:
    assert list(list_secrets(Settings(_env_file=None))) == []
    assert DEVELOPMENT_PLAYER_KEY in write(record_of(DEVELOPMENT_PLAYER_KEY), "text")


def test_a_secret_of_a_group_is_found() -> None:
    class Inner(BaseModel):
        key: SecretStr = SecretStr(SECRET)

    class Outer(BaseModel):
        inner: Inner = Inner()
        odd_address: str = "http://[broken"

    assert list(list_secrets(Outer())) == [SECRET]


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {TOKEN}",
        f"authorization=Bearer {TOKEN}",
        f"{{'Authorization': 'Bearer {TOKEN}', 'Accept': '*/*'}}",
        f"[(b'authorization', b'Bearer {TOKEN}')]",
        f"token {TOKEN} is not valid",
        f"bearer {TOKEN.replace('.', '~')}",
        "x-api-key: c2lnbmF0dXJl",
        "{'x-api-key': 'c2lnbmF0dXJl'}",
        "X-Firebase-AppCheck: c2lnbmF0dXJl",
        "redis://user:c2lnbmF0dXJl@host:6379",
        "https://c2lnbmF0dXJl@host/path",
        "-----BEGIN PRIVATE KEY-----\nc2lnbmF0dXJl\n-----END PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----\nc2lnbmF0dXJl",
        "secret whsec_c2lnbmF0dXJl",
    ],
)
def test_what_looks_like_a_credential_is_hidden(text: str) -> None:
    cleaned = Cleaning()(text)
    assert "c2lnbmF0dXJl" not in cleaned
    assert "***" in cleaned


def test_pictures_of_persons_are_hidden() -> None:
    class Document(BaseModel):
        user: int

    clean = clean_by(settings_of("text"))
    with pytest.raises(ValidationError) as refused:
        Document(user="pia")  # type: ignore[arg-type] # as a game may have written it
    assert "pia" not in clean(str(refused.value))
    assert "pia" not in clean("GET /v1/players/pia/preview failed")
    assert "example.org" not in clean("userId pia@example.org is no text")
    assert clean("corrections/pia-7 cannot be read").startswith("corrections/sha256:")
    assert "pia" not in clean("projects/p/databases/(default)/documents/corrections/pia-7")
    assert "pia" not in clean("drawings/corrections/pia/7.png is missing")


def test_what_helps_to_find_a_fault_stays() -> None:
    clean = clean_by(settings_of("text"))
    for text in (
        "corrections/0Ab1Cd2Ef3Gh4Ij5Kl6M cannot be read",
        "404 No document to update: documents/corrections/0Ab1Cd2Ef3Gh4Ij5Kl6M.",
        "(corrections/0Ab1Cd2Ef3Gh4Ij5Kl6M)",
        "celery@redraw-1.example.org ready.",
        "worker-2@host.example ready.",
        "runs/20260102T030405-abcd/plan.json is missing",
        "models/v1.0.3: the number is given up",
        "Error 111 connecting to 10.0.0.5:6379. Connection refused.",
        "https://firestore.googleapis.com/v1/projects/demo: 503",
        "the model's basic accuracy",
    ):
        assert clean(text) == text


@pytest.mark.parametrize("collection", ["feedback", "game corrections", "corr.x"])
def test_the_games_own_collection_is_meant(collection: str) -> None:
    clean = clean_by(settings_of("text").with_changes(game={"collection": collection}))
    assert "pia" not in clean(f"{collection}/pia is no correction")


def test_a_formatter_does_not_change_the_record() -> None:
    record: Any = record_of("key %s", SECRET)
    write(record, "json", api_key=SECRET)
    assert record.args == (SECRET,)
    assert isinstance(record, logging.LogRecord)
