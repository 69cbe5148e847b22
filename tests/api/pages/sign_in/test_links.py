"""A link of the command line signs an owner in."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from pipeline.settings import Settings
from service.callers import sessions
from service.callers.sessions import LINK_SECONDS, Sessions


@pytest.fixture
def link(settings: Settings) -> str:
    """Of another process with the same settings."""
    return Sessions(settings).sign_link()


def test_it_leads_to_the_page_it_names(visitor: TestClient, link: str) -> None:
    answer = visitor.get(f"/sign-in?link={link}&next=/runs", follow_redirects=False)
    assert answer.headers["location"] == "/runs"
    assert visitor.get("/runs", follow_redirects=False).status_code == 200


def test_an_old_one_is_refused(
    visitor: TestClient, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = sessions.time.time() + LINK_SECONDS + 2
    monkeypatch.setattr(sessions.time, "time", lambda: now)
    answer = visitor.get(f"/sign-in?link={link}")
    assert answer.status_code == 401
    assert "The link is too old" in answer.text
    assert "set-cookie" not in answer.headers


def test_one_of_another_key_is_refused(
    connect: Callable[..., TestClient], settings: Settings, link: str
) -> None:
    browser = connect(settings=settings.with_changes(api_key=SecretStr("another-key-of-16")))
    assert browser.get(f"/sign-in?link={link}").status_code == 401


def test_a_session_is_no_link(signed_in: TestClient, visitor: TestClient) -> None:
    session = signed_in.cookies["redraw-session"]
    assert visitor.get(f"/sign-in?link={session}").status_code == 401
