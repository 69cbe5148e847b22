"""A browser without a screen: an owner who signed in, and the forms of pages."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.conftest import API_KEY

Post = Callable[..., Any]


@pytest.fixture
def visitor(connect: Callable[..., TestClient]) -> TestClient:
    """A browser in which no one has signed in."""
    return connect()


@pytest.fixture
def signed_in(connect: Callable[..., TestClient]) -> TestClient:
    """A browser in which the owner has signed in with the API key."""
    browser = connect()
    answer = browser.post("/sign-in", data={"key": API_KEY}, follow_redirects=False)
    assert answer.status_code == 303
    return browser


@pytest.fixture
def post(signed_in: TestClient) -> Post:
    """Send a form as a page of the session does; the answer is that of the page it leads to."""

    def send(path: str, **fields: Any) -> Any:
        token = re.search(r'name="form_token" value="([^"]+)"', signed_in.get("/runs").text)
        assert token is not None
        return signed_in.post(path, data={"form_token": token[1], **fields})

    return send
