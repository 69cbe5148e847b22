"""`redraw admins`: the claim is granted, taken back and listed; what is wrong is named."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.oauth2.credentials import Credentials

from pipeline.settings import Settings
from service.callers import firebase
from service.callers.accounts import Accounts
from tests.unit.cli._accounts import AccountServer, refuse
from tests.unit.cli._runs import Call

NO_RIGHT = refuse(
    403, "Permission 'firebaseauth.users.update' denied on resource", "PERMISSION_DENIED"
)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[AccountServer]:
    server = AccountServer()
    threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
    ).start()
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", server.host)
    server.add("ada", "ada@example.org", claims={"admin": True})
    server.add("pia", "pia@example.org", claims={"team": "red", "level": 3})
    yield server
    server.shutdown()
    server.server_close()


def test_owners_are_listed_from_all_pages(redraw: Call, server: AccountServer) -> None:
    server.page = 2
    server.add("bob", claims={"admin": False})
    server.add("tom", "tom@example.org", claims={"admin": "true"})
    server.add("eve", "eve@example.org", claims={"admin": True}, disabled=True)
    code, output, errors = redraw("admins", "list")
    assert (code, errors) == (0, "")
    lines = {line.split()[0]: line for line in output.splitlines() if line.strip()}
    assert "ada@example.org" in lines["ada"]
    assert "the claim is not true" not in lines["ada"]
    assert "disabled" in lines["eve"]
    assert "the claim is not true" in lines["tom"]
    assert "the claim is not true" in lines["bob"]
    assert "pia" not in output
    assert len(server.requests) == 3


def test_a_project_without_owners_says_so(redraw: Call, server: AccountServer) -> None:
    server.accounts.clear()
    assert "no account has the claim `admin: true`" in redraw("admins", "list")[1]


@pytest.mark.parametrize("name", ["pia", "pia@example.org", "PIA@Example.org"])
def test_the_claim_is_granted_beside_the_others(
    redraw: Call, server: AccountServer, name: str
) -> None:
    code, output, _ = redraw("admins", "grant", name)
    assert code == 0
    assert "pia is an owner" in output
    assert server.claims("pia") == {"team": "red", "level": 3, "admin": True}
    assert "validSince" not in server.accounts["pia"]


def test_who_is_an_owner_already_is_left_alone(redraw: Call, server: AccountServer) -> None:
    assert "already" in redraw("admins", "grant", "ada")[1]
    assert not [path for path in server.requests if path.endswith(":update")]


def test_a_claim_that_only_looks_like_it_is_put_right(redraw: Call, server: AccountServer) -> None:
    server.add("tom", claims={"admin": "true"})
    redraw("admins", "grant", "tom")
    assert server.claims("tom") == {"admin": True}


def test_an_address_that_anybody_may_have_entered_is_not_enough(
    redraw: Call, server: AccountServer
) -> None:
    server.add("mal", "boss@example.org", emailVerified=False)
    code, _, errors = redraw("admins", "grant", "boss@example.org")
    assert code == 1
    assert "not verified" in errors
    assert server.claims("mal") == {}
    assert redraw("admins", "grant", "mal")[0] == 0
    assert server.claims("mal") == {"admin": True}


def test_a_uid_may_look_like_an_address(redraw: Call, server: AccountServer) -> None:
    server.add("kim@club", emailVerified=False)
    server.add("a@b@c", emailVerified=False)
    for uid in ("kim@club", "a@b@c"):
        assert redraw("admins", "grant", uid)[0] == 0
        assert server.claims(uid) == {"admin": True}


@pytest.mark.parametrize("name", ["ada", "ada@example.org"])
def test_the_claim_is_taken_back_and_the_sessions_end(
    redraw: Call, server: AccountServer, name: str
) -> None:
    server.add("ada", "ada@example.org", claims={"admin": True, "team": "red"})
    code, output, _ = redraw("admins", "revoke", name)
    assert code == 0
    assert "no owner any more" in output
    assert server.claims("ada") == {"team": "red"}
    assert int(server.accounts["ada"]["validSince"]) > 0


def test_taking_it_back_again_ends_the_sessions_too(redraw: Call, server: AccountServer) -> None:
    code, output, _ = redraw("admins", "revoke", "pia")
    assert code == 0
    assert "was no owner" in output
    assert int(server.accounts["pia"]["validSince"]) > 0
    assert server.claims("pia") == {"team": "red", "level": 3}


@pytest.mark.parametrize("command", ["grant", "revoke"])
@pytest.mark.parametrize("name", ["nobody", "nobody@example.org", "", "x" * 200])
def test_an_account_that_does_not_exist_is_named(
    redraw: Call, server: AccountServer, command: str, name: str
) -> None:
    code, _, errors = redraw("admins", command, name)
    assert code == 1
    assert f"the project demo-redraw has no account {name}" in errors


def test_claims_that_leave_no_room_are_named(redraw: Call, server: AccountServer) -> None:
    server.add("big", claims={"text": "x" * 980})
    code, _, errors = redraw("admins", "grant", "big")
    assert code == 1
    assert "remove some of the others" in errors


@pytest.mark.parametrize("command", [["list"], ["grant", "pia"], ["revoke", "ada"]])
def test_a_credential_that_may_not_do_it_is_told_which_role_it_needs(
    redraw: Call, server: AccountServer, command: list[str]
) -> None:
    server.refusal = NO_RIGHT
    code, _, errors = redraw("admins", *command)
    assert code == 1
    assert "roles/firebaseauth.admin" in errors
    assert "firebaseauth.users.update" in errors


def test_a_project_without_authentication_is_named(redraw: Call, server: AccountServer) -> None:
    server.refusal = refuse(400, "CONFIGURATION_NOT_FOUND", "INVALID_ARGUMENT")
    assert "has no Authentication" in redraw("admins", "list")[2]


def test_a_google_that_fails_is_named(
    redraw: Call, server: AccountServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.refusal = refuse(429, "QUOTA_EXCEEDED : too many", "RESOURCE_EXHAUSTED")
    code, _, errors = redraw("admins", "list")
    assert code == 1
    assert "Firebase does not answer" in errors


def test_a_google_that_never_answers_is_given_up(
    redraw: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(firebase, "TIMEOUT_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", f"127.0.0.1:{silent.getsockname()[1]}")
        code, _, errors = redraw("admins", "list")
    assert code == 1
    assert "Firebase does not answer" in errors


def test_an_emulator_that_is_no_address_is_named(
    redraw: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", "http://127.0.0.1:9099")
    code, _, errors = redraw("admins", "list")
    assert code == 1
    assert errors.startswith("redraw: FIREBASE_AUTH_EMULATOR_HOST: ")


def test_production_refuses_the_emulator(
    redraw: Call, server: AccountServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDRAW_ENVIRONMENT", "production")
    monkeypatch.setenv("REDRAW_PLAYER_KEY", "k" * 32)
    code, _, errors = redraw("admins", "grant", "pia")
    assert code == 1
    assert "FIREBASE_AUTH_EMULATOR_HOST is set, which production never trusts" in errors
    assert server.requests == []


def test_without_credentials_it_says_how_to_get_some(
    redraw: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("GOOGLE_APPLICATION_CREDENTIALS", "FIREBASE_AUTH_EMULATOR_HOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    code, _, errors = redraw("admins", "list")
    assert code == 1
    assert "GOOGLE_APPLICATION_CREDENTIALS" in errors
    assert "roles/firebaseauth.admin" in errors


def test_with_credentials_google_itself_is_asked(
    server: AccountServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FIREBASE_AUTH_EMULATOR_HOST")
    monkeypatch.setattr(
        "firebase_admin._user_mgt.UserManager.ID_TOOLKIT_URL", f"http://{server.host}/v1"
    )
    settings = Settings(_env_file=None)
    accounts = Accounts(settings, Credentials("access"))
    assert [admin.uid for admin in accounts.list_admins()] == ["ada"]
    assert server.requests == [f"/v1/projects/{settings.project_id}/accounts:batchGet"]
