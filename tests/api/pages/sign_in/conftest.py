"""Owners with an account at Google, whose sessions grow old as a test says."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from google.oauth2.credentials import Credentials

from pipeline.settings import Settings
from service.callers.standing import FirebaseStandings
from service.callers.tokens import FirebaseTokens
from tests.api._google import Google

OWNER = {"localId": "ada", "customAttributes": '{"admin": true}'}


@pytest.fixture
def with_accounts(settings: Settings) -> Settings:
    """Settings that name the project of the owners' accounts."""
    return settings.with_changes(
        project_id="demo-redraw",
        dashboard={"firebase_api_key": "AIza-web", "firebase_auth_domain": "auth.redraw.example"},
    )


@pytest.fixture
def browser(
    connect: Callable[..., TestClient], with_accounts: Settings, google: Google
) -> TestClient:
    """A browser at a service that asks Google about accounts; ada is an owner."""
    google.users["ada"] = dict(OWNER)
    credential = Credentials("access")
    return connect(
        settings=with_accounts,
        verify_token=FirebaseTokens(with_accounts, credential),
        look_up=FirebaseStandings(with_accounts, credential),
    )


@pytest.fixture
def give(browser: TestClient, sign: Callable[..., str]) -> Callable[..., Any]:
    """Send the token of a sign-in of this moment; arguments replace claims."""

    def send(**changes: Any) -> Any:
        token = sign(**{"auth_time": int(time.time()), **changes})
        return browser.post("/sign-in", data={"token": token}, follow_redirects=False)

    return send


@pytest.fixture
def wait(browser: TestClient) -> Callable[[float], None]:
    """Let seconds pass since the sign-in."""
    owners = browser.app.state.wiring.owners  # type: ignore[attr-defined] # a FastAPI has a state

    def move(seconds: float) -> None:
        owners._clock = lambda: time.time() + seconds

    return move
