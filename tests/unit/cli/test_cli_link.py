"""`redraw link` prints a link that the service takes for the API key."""

from urllib.parse import parse_qs, urlsplit

import pytest

from pipeline.settings_reading import load_settings
from service.callers.sessions import Sessions
from tests.unit.cli._runs import Call

KEY = "0123456789abcdef"


def test_the_link_is_one_of_a_service_with_the_same_key(
    redraw: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDRAW_API_KEY", KEY)
    code, output, _ = redraw("link", "--address", "https://redraw.example/")
    link = urlsplit(output.strip())
    assert (code, link.scheme, link.netloc) == (0, "https", "redraw.example")
    assert Sessions(load_settings()).is_link(parse_qs(link.query)["link"][0])
    assert KEY not in output


def test_by_default_it_leads_to_this_machine(redraw: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDRAW_API_KEY", KEY)
    monkeypatch.setenv("REDRAW_PORT", "8123")
    assert redraw("link")[1].startswith("http://127.0.0.1:8123/sign-in?link=")


def test_without_a_key_it_says_what_to_set(redraw: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REDRAW_API_KEY", raising=False)
    code, _, errors = redraw("link")
    assert code == 1
    assert "REDRAW_API_KEY is not set" in errors
