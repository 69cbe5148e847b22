"""Sign in with an account of Firebase."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api._google import Google

Give = Callable[..., Any]


def test_an_owner_gets_a_session(browser: TestClient, give: Give) -> None:
    assert give().headers["location"] == "/"
    assert browser.get("/runs", follow_redirects=False).status_code == 200


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"admin": None}, 403, "The account lacks the claim"),
        ({"admin": "true"}, 403, "The account lacks the claim"),
        ({"aud": "other"}, 401, "this is no ID token of the project demo-redraw"),
        ({"iat": 1_000_000_000, "exp": 1_000_003_600}, 401, "the token has expired"),
        ({"auth_time": int(time.time()) - 400}, 401, "This sign-in is too old: sign in again."),
        ({"auth_time": None}, 401, "This sign-in is too old: sign in again."),
    ],
)
def test_another_token_is_refused_in_place(
    browser: TestClient, give: Give, changes: dict[str, Any], status: int, words: str
) -> None:
    answer = give(**changes)
    assert (answer.status_code, words in answer.text) == (status, True)
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "user", [None, {"disabled": True}, {"validSince": "4000000000"}], ids=["gone", "off", "revoked"]
)
def test_an_account_that_google_refuses_is_refused(
    google: Google, give: Give, user: dict[str, object] | None
) -> None:
    google.users["ada"] = user and {"localId": "ada", **user}
    answer = give()
    assert answer.status_code == 401
    assert "revoked, or its account is gone or disabled" in answer.text


def test_while_google_is_away_the_page_says_so(google: Google, give: Give) -> None:
    google.status = 503
    answer = give()
    assert answer.status_code == 503
    assert "Google does not answer" in answer.text
    assert 'name="key"' in answer.text


def test_another_site_cannot_sign_a_browser_in_to_its_own_account(
    browser: TestClient, sign: Callable[..., str]
) -> None:
    answer = browser.post(
        "/sign-in", data={"token": sign()}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 403


def test_the_sdk_and_google_are_for_the_sign_in_page_alone(browser: TestClient, give: Give) -> None:
    page = browser.get("/sign-in")
    policy = page.headers["content-security-policy"]
    assert "script-src 'self' https://apis.google.com;" in policy
    assert "frame-src https://auth.redraw.example" in policy
    assert page.headers["cross-origin-opener-policy"] == "same-origin-allow-popups"
    assert page.headers["referrer-policy"] == "strict-origin"
    assert "firebase" in page.text
    give()
    other = browser.get("/runs")
    assert "google" not in other.headers["content-security-policy"]
    assert "frame-src" not in other.headers["content-security-policy"]
    assert other.headers["cross-origin-opener-policy"] == "same-origin"
    assert other.headers["referrer-policy"] == "same-origin"
    assert "firebase" not in other.text


def test_the_page_names_the_files_of_the_sdk_that_the_service_has(browser: TestClient) -> None:
    page = browser.get("/sign-in").text
    addresses = re.findall(r'data-(?:app|auth)="([^"]+)"', page)
    app, auth = (browser.get(address) for address in addresses)
    assert app.status_code == auth.status_code == 200
    # Otherwise there would be two copies of it, and the SDK would find no application.
    assert f'from"{addresses[0]}"' in auth.text
