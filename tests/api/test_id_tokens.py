"""Firebase ID tokens signed with RS256, checked against certificates from a server of the test."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import firebase_admin
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from fastapi.testclient import TestClient
from google.oauth2.credentials import Credentials

from pipeline.settings import Settings
from service.callers.tokens import FirebaseTokens
from tests.api._google import KEY_ID, PROJECT, Google, certificate_of


@pytest.fixture
def ask(
    connect: Callable[..., TestClient], settings: Settings, google: Google
) -> Callable[[str], Any]:
    """Asks for the models with a token, at a service that has the real verifier."""
    client = connect(verify_token=FirebaseTokens(settings))
    return lambda token: client.get("/v1/models", headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def ask_and_look_up(
    connect: Callable[..., TestClient], settings: Settings, google: Google
) -> Callable[[str], Any]:
    """The same with Google credentials, where Firebase is asked about the user."""
    client = connect(verify_token=FirebaseTokens(settings, Credentials("access")))
    return lambda token: client.get("/v1/models", headers={"Authorization": f"Bearer {token}"})


def segment(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def test_an_expired_token_is_refused_and_says_so(
    ask: Callable[[str], Any], sign: Callable[..., str], is_problem: Callable[..., Any]
) -> None:
    now = int(time.time())
    response = ask(sign(iat=now - 7200, exp=now - 3600))
    assert "expired" in is_problem(response, 401, "unauthenticated")["detail"]
    assert 'error="invalid_token"' in response.headers["www-authenticate"]


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "another-project"},
        {"aud": ["demo-redraw"]},
        {"aud": None},
        {"iss": "https://securetoken.google.com/another-project"},
        {"iss": "https://example.com/demo-redraw"},
        {"iss": None},
        {"sub": None},
        {"sub": ""},
        {"sub": "x" * 129},
        {"iat": 4_000_000_000, "exp": 4_000_003_600},
        {"iat": None},
        {"exp": None},
        {"exp": "never"},
        {"exp": {}},
        {"key_id": "key-2"},
        {"key_id": ""},
    ],
    ids=str,
)
def test_a_token_with_a_wrong_claim_is_refused(
    ask: Callable[[str], Any],
    sign: Callable[..., str],
    is_problem: Callable[..., Any],
    changes: dict[str, Any],
) -> None:
    is_problem(ask(sign(**changes)), 401, "unauthenticated")


def test_a_token_signed_by_another_key_is_refused(
    ask: Callable[[str], Any], sign: Callable[..., str], is_problem: Callable[..., Any]
) -> None:
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    is_problem(ask(sign(signed_with=stranger)), 401, "unauthenticated")


def test_an_unsigned_token_is_refused(
    ask: Callable[[str], Any], sign: Callable[..., str], is_problem: Callable[..., Any]
) -> None:
    unsigned = sign(signed_with=None, algorithm="none")
    is_problem(ask(unsigned), 401, "unauthenticated")
    header, claims, _ = sign().split(".")
    is_problem(ask(f"{header}.{claims}."), 401, "unauthenticated")
    is_problem(ask(f"{header}.{claims}"), 401, "unauthenticated")


def test_a_token_signed_with_the_public_certificate_as_a_password_is_refused(
    ask: Callable[[str], Any],
    sign: Callable[..., str],
    key: rsa.RSAPrivateKey,
    is_problem: Callable[..., Any],
) -> None:
    content = f"{segment({'alg': 'HS256', 'typ': 'JWT', 'kid': KEY_ID})}.{sign().split('.')[1]}"
    mac = hmac.digest(certificate_of(key).encode(), content.encode(), hashlib.sha256)
    is_problem(
        ask(f"{content}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"),
        401,
        "unauthenticated",
    )


def test_a_token_whose_claims_were_exchanged_is_refused(
    ask: Callable[[str], Any], sign: Callable[..., str], is_problem: Callable[..., Any]
) -> None:
    header, _, signature = sign(admin=None).split(".")
    claims = sign().split(".")[1]
    is_problem(ask(f"{header}.{claims}.{signature}"), 401, "unauthenticated")


@pytest.mark.parametrize(
    "token",
    [
        "no-token",
        "..",
        "a.b.c",
        f"{segment([])}.{segment([])}.",
        f"{segment({'alg': ['RS256'], 'kid': ['key-1']})}.{segment({'aud': PROJECT})}.AAAA",
        f"{segment({'alg': 'RS256', 'kid': {}})}.{segment({'aud': PROJECT, 'sub': 7})}.AAAA",
        f"{segment({'alg': 'HS256', 'kid': ''})}.{segment({'v': 0, 'd': 7})}.AAAA",
        f"{segment({'alg': 'RS256', 'kid': 'key-1'})}.{segment('text')}.====",
        "%C3%BC.%00.\x7f",
    ],
)
def test_rubbish_is_refused_and_breaks_nothing(
    ask: Callable[[str], Any], is_problem: Callable[..., Any], token: str
) -> None:
    is_problem(ask(token), 401, "unauthenticated")


def test_without_certificates_a_caller_may_try_again(
    ask: Callable[[str], Any],
    google: Google,
    sign: Callable[..., str],
    is_problem: Callable[..., Any],
) -> None:
    google.status = 500
    response = ask(sign())
    is_problem(response, 503, "unavailable")
    assert google.url.partition("//")[2] not in response.text


def test_certificates_that_are_none_are_no_fault_of_the_bearer(
    ask: Callable[[str], Any],
    google: Google,
    sign: Callable[..., str],
    is_problem: Callable[..., Any],
) -> None:
    google.certificates = b"<html>a captive portal</html>"
    is_problem(ask(sign()), 503, "unavailable")


def test_production_without_credentials_does_not_skip_the_question_whether_a_token_was_revoked(
    google: Google,
    settings: Settings,
    sign: Callable[..., str],
    connect: Callable[..., TestClient],
    is_problem: Callable[..., Any],
) -> None:
    production = settings.model_copy(update={"environment": "production"})
    client = connect(verify_token=FirebaseTokens(production))
    is_problem(
        client.get("/v1/models", headers={"Authorization": f"Bearer {sign()}"}), 503, "unavailable"
    )


def test_a_player_is_known_but_no_owner(
    ask: Callable[[str], Any], sign: Callable[..., str], is_problem: Callable[..., Any]
) -> None:
    is_problem(ask(sign(admin=None)), 403, "not-owner")
    is_problem(ask(sign(admin="true")), 403, "not-owner")


def test_an_admin_is_accepted_and_certificates_are_fetched_once(
    ask: Callable[[str], Any], google: Google, sign: Callable[..., str]
) -> None:
    assert [ask(sign()).status_code for _ in range(3)] == [200, 200, 200]
    assert google.requests == ["/certificates"]
    assert not firebase_admin._apps


def test_a_clock_that_is_seconds_off_is_forgiven(
    ask: Callable[[str], Any], sign: Callable[..., str]
) -> None:
    assert ask(sign(iat=int(time.time()) + 5)).status_code == 200


@pytest.mark.parametrize(
    ("user", "status"),
    [
        ({"localId": "ada"}, 200),
        ({"localId": "ada", "disabled": True}, 401),
        ({"localId": "ada", "validSince": "4000000000"}, 401),
        (None, 401),
    ],
    ids=["in good standing", "disabled", "revoked", "deleted"],
)
def test_with_credentials_firebase_is_asked_whether_the_token_still_holds(
    google: Google,
    sign: Callable[..., str],
    ask_and_look_up: Callable[[str], Any],
    user: dict[str, object] | None,
    status: int,
) -> None:
    google.users["ada"] = user
    assert ask_and_look_up(sign()).status_code == status
    assert google.requests[-1].endswith("accounts:lookup")


def test_when_firebase_may_not_be_asked_no_caller_is_let_in(
    google: Google,
    sign: Callable[..., str],
    ask_and_look_up: Callable[[str], Any],
    is_problem: Callable[..., Any],
) -> None:
    assert ask_and_look_up(sign()).status_code == 200
    google.status = 403
    is_problem(ask_and_look_up(sign(sub="bea")), 503, "unavailable")
