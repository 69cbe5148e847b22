"""Browsers at the page to draw on, and what their script sends."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from pipeline.settings import Settings
from tests.api._answers import an_answer

Send = Callable[..., Any]
Connect = Callable[..., TestClient]


def read_field(page: str, name: str) -> str:
    """Return what the page tells its script."""
    found = re.search(f'data-{name}="([^"]*)"', page)
    assert found is not None, page
    return found[1]


@pytest.fixture
def for_all(settings: Settings) -> Settings:
    """Settings by which anyone may play."""
    return settings.with_changes(dashboard={"play": "anyone"})


@pytest.fixture
def browser(connect: Connect, for_all: Settings) -> TestClient:
    """The browser of someone who is no owner."""
    return connect(settings=for_all)


@pytest.fixture
def send() -> Send:
    """Send an answer as the page of this browser does; arguments are headers."""

    def send(browser: TestClient, name: str = "d1", /, **changes: Any) -> Any:
        token = read_field(browser.get("/play").text, "form-token")
        headers = {"X-Form-Token": token, **changes.pop("headers", {})}
        return browser.post(
            "/play/answers", json=an_answer(drawingId=name, **changes), headers=headers
        )

    return send
