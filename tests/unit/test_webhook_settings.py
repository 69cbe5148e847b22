"""The settings of notifications: refused when they cannot work, and never shown."""

from typing import Any

import pytest

from pipeline.errors import InvalidSettings
from pipeline.settings import Settings
from pipeline.settings_reading import load_settings

URL = "https://hooks.example/services/T000/s3cret-path"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def load(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Settings:
    for name, value in variables.items():
        monkeypatch.setenv(f"REDRAW_{name.upper()}", value)
    return load_settings(_env_file=None)


def test_address_and_secrets_are_read_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(
        monkeypatch,
        webhook_url=URL,
        webhook_secret=f"{SECRET},{SECRET}",
        webhook_events="alarm, decision.needed",
    )
    assert len(settings.webhook.keys) == 2
    assert sorted(settings.webhook.kinds) == ["alarm", "decision.needed"]
    assert "s3cret-path" not in repr(settings)
    assert "MfKQ9r8" not in repr(settings)


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"webhook_url": URL}, "REDRAW_WEBHOOK_SECRET"),
        ({"webhook_url": URL, "webhook_secret": "s3cret-path"}, "REDRAW_WEBHOOK_SECRET"),
        ({"webhook_url": "ftp://x/s3cret-path", "webhook_secret": SECRET}, "REDRAW_WEBHOOK_URL"),
        (
            {"webhook_url": "https://a:s3cret-path@x/", "webhook_secret": SECRET},
            "REDRAW_WEBHOOK_URL",
        ),
        ({"webhook_events": "alarm,run.begun"}, "'run.begun' is no kind of event"),
        ({"webhook_events": "test"}, "'test' is no kind of event"),
        (
            {
                "environment": "production",
                "player_key": "k" * 32,
                "webhook_url": "http://hooks.example/s3cret-path",
                "webhook_secret": SECRET,
            },
            "must begin with https://",
        ),
    ],
)
def test_what_cannot_work_is_refused_with_the_variable_and_without_its_value(
    monkeypatch: pytest.MonkeyPatch, variables: Any, said: str
) -> None:
    with pytest.raises(InvalidSettings) as refused:
        load(monkeypatch, **variables)
    assert said in str(refused.value)
    assert "s3cret-path" not in str(refused.value)


def test_an_empty_variable_is_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, webhook_url="", webhook_secret="")
    assert (settings.webhook.url, settings.webhook.keys) == (None, ())
