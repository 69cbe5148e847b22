"""The session of an account ends soon after the account is no owner any more."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.callers.owners import AWAY_SECONDS, CHANGING_SECONDS, READING_SECONDS, NoOwner, Owners
from service.callers.sessions import Session
from service.callers.standing import FirebaseStandings, Standing
from tests.api._google import Google
from tests.api.conftest import API_KEY
from tests.api.pages.sign_in.conftest import OWNER

Wait = Callable[[float], None]
TOO_MANY = 429
"""Google's SDK asks again after other errors, and waits for a while."""
NO_OWNERS: list[dict[str, object] | None] = [
    None,
    {"localId": "ada"},
    {**OWNER, "disabled": True},
    {**OWNER, "customAttributes": '{"admin": "true"}'},
    {**OWNER, "validSince": "4000000000"},
]
NAMES = ["gone", "without the claim", "disabled", "the claim as a text", "signed out everywhere"]


@pytest.fixture
def owner(browser: TestClient, give: Callable[..., Any]) -> TestClient:
    """A browser in which ada has signed in."""
    assert give().status_code == 303
    return browser


def change(browser: TestClient) -> Any:
    """Send a form that changes nothing but this browser's session."""
    token = re.search(r'name="form_token" value="([^"]+)"', browser.get("/runs").text)
    assert token is not None
    return browser.post("/sign-out", data={"form_token": token[1]}, follow_redirects=False)


@pytest.mark.parametrize("user", NO_OWNERS, ids=NAMES)
def test_it_ends(
    owner: TestClient, google: Google, wait: Wait, user: dict[str, object] | None
) -> None:
    google.users["ada"] = user
    assert owner.get("/runs", follow_redirects=False).status_code == 200
    wait(AWAY_SECONDS + 5)
    assert owner.get("/runs", follow_redirects=False).headers["location"].startswith("/sign-in")
    assert owner.get("/sign-in?next=/runs", follow_redirects=False).status_code == 200


def test_a_change_is_refused_sooner(owner: TestClient, google: Google, wait: Wait) -> None:
    wait(CHANGING_SECONDS + 5)
    google.users["ada"] = None
    assert change(owner).headers["location"].startswith("/sign-in")


def test_an_owner_goes_on(owner: TestClient, wait: Wait) -> None:
    wait(AWAY_SECONDS + 5)
    assert owner.get("/runs", follow_redirects=False).status_code == 200
    assert change(owner).headers["location"] == "/sign-in"


def test_while_google_is_away_reading_goes_on_and_changes_are_refused(
    owner: TestClient, google: Google, wait: Wait
) -> None:
    google.status = TOO_MANY
    wait(AWAY_SECONDS - 60)
    answer = change(owner)
    assert answer.status_code == 503
    assert "Nothing was changed" in answer.text
    assert owner.get("/runs", follow_redirects=False).status_code == 200


def test_reading_does_not_go_on_for_ever(owner: TestClient, google: Google, wait: Wait) -> None:
    google.status = TOO_MANY
    wait(AWAY_SECONDS + 5)
    answer = owner.get("/runs", follow_redirects=False)
    assert answer.status_code == 503
    assert "Google has not answered for some time" in answer.text
    assert owner.get("/sign-in").status_code == 200


def test_the_api_key_needs_no_account(browser: TestClient, google: Google, wait: Wait) -> None:
    browser.post("/sign-in", data={"key": API_KEY})
    wait(AWAY_SECONDS + 5)
    assert browser.get("/runs", follow_redirects=False).status_code == 200
    assert google.requests == []


def test_development_without_a_credential_cannot_look(settings: Any, google: Google) -> None:
    assert FirebaseStandings(settings)("ada") is None


class Asked:
    """Stands for Google, and for the clock."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.standing: Standing | None = Standing(is_owner=True)
        self.uids: list[str] = []

    def __call__(self, uid: str) -> Standing | None:
        self.uids.append(uid)
        return self.standing


@pytest.fixture
def asked() -> Asked:
    return Asked()


@pytest.fixture
def owners(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> Owners:
    """Ask at once what is asked in another thread."""
    monkeypatch.setattr("service.callers.owners.run_in_thread", lambda work: work())
    return Owners(asked, lambda: asked.now)


def test_what_is_known_is_not_asked(owners: Owners, asked: Asked) -> None:
    session = Session("ada", "", began_at=1_000.0)
    asked.now += READING_SECONDS
    assert owners.may_go_on(session, changes=False)
    assert not owners.may_go_on(session, changes=True)
    assert asked.uids == []


def test_a_page_does_not_wait_but_the_next_one_knows(owners: Owners, asked: Asked) -> None:
    session = Session("ada", "", began_at=1_000.0)
    asked.now += READING_SECONDS + 1
    asked.standing = Standing(is_owner=False)
    assert owners.may_go_on(session, changes=False)
    assert not owners.may_go_on(session, changes=False)
    with pytest.raises(NoOwner):
        owners.check(session)


def test_a_later_sign_in_does_not_revive_an_older_session(owners: Owners, asked: Asked) -> None:
    old, new = Session("ada", "", began_at=1_000.0), Session("ada", "", began_at=1_100.0)
    asked.now, asked.standing = 2_200.0, Standing(is_owner=True, valid_since=1_050.0)
    owners.check(new)
    assert owners.may_go_on(new, changes=True)
    assert not owners.may_go_on(old, changes=False)


def test_who_becomes_an_owner_again_signs_in_at_once(owners: Owners, asked: Asked) -> None:
    asked.now, asked.standing = 2_200.0, Standing(is_owner=False)
    with pytest.raises(NoOwner):
        owners.check(Session("ada", "", began_at=1_000.0))
    asked.now = 2_210.0
    assert owners.may_go_on(Session("ada", "", began_at=2_205.0), changes=True)
