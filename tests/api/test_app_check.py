"""App Check tokens signed with RS256, checked against keys from a server of the test."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import firebase_admin
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from fastapi.testclient import TestClient

from pipeline.settings import Settings
from service.callers.app_check import FirebaseAppCheck
from tests.api._answers import ANSWERS, PIA, an_answer
from tests.api._google import PROJECT, Google

KEY_ID = "app-key-1"
ISSUER = "https://firebaseappcheck.googleapis.com/123456"


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def google(key: rsa.RSAPrivateKey, monkeypatch: pytest.MonkeyPatch) -> Iterator[Google]:
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
    server = Google({})
    server.certificates = json.dumps({"keys": [{**public, "kid": KEY_ID, "use": "sig"}]}).encode()
    threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
    ).start()
    monkeypatch.setattr("firebase_admin.app_check._AppCheckService._JWKS_URL", f"{server.url}/jwks")
    yield server
    server.shutdown()
    server.server_close()
    for app in list(firebase_admin._apps.values()):
        firebase_admin.delete_app(app)


@pytest.fixture
def sign(key: rsa.RSAPrivateKey) -> Callable[..., str]:
    """A token as App Check makes them; arguments replace claims, None removes one."""

    def token(
        *, signed_with: Any = key, key_id: str = KEY_ID, algorithm: str = "RS256", **changes: Any
    ) -> str:
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": ["projects/123456", f"projects/{PROJECT}"],
            "sub": "1:123456:web:abc",
            "iat": now - 60,
            "exp": now + 3600,
            **changes,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(claims, signed_with, algorithm=algorithm, headers={"kid": key_id})

    return token


@pytest.fixture
def send(
    connect: Callable[..., TestClient], settings: Settings, google: Google
) -> Callable[[str | None], Any]:
    """Sends an answer with an App Check token, to a service that requires one."""
    strict = settings.with_changes(answer={"app_check": "required"})
    client = connect(PIA, settings=strict, verify_app=FirebaseAppCheck(strict))

    def answer(token: str | None) -> Any:
        headers = {} if token is None else {"X-Firebase-AppCheck": token}
        return client.post(ANSWERS, json=an_answer(), headers=headers)

    return answer


def test_the_game_s_own_app_may_answer_and_keys_are_fetched_once(
    send: Callable[..., Any], sign: Callable[..., str], google: Google
) -> None:
    assert [send(sign()).status_code for _ in range(3)] == [201, 200, 200]
    assert google.requests == ["/jwks"]


def test_without_a_token_nothing_is_written(
    send: Callable[..., Any], ports: Any, is_problem: Callable[..., Any]
) -> None:
    assert "X-Firebase-AppCheck" in is_problem(send(None), 403, "not-attested")["detail"]
    assert ports.corrections.documents == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": 1_700_000_000},
        {"aud": ["projects/another"]},
        {"aud": f"projects/{PROJECT}"},
        {"aud": None},
        {"iss": "https://securetoken.google.com/demo-redraw"},
        {"iss": None},
        {"sub": None},
        {"key_id": "unknown"},
    ],
    ids=str,
)
def test_a_token_of_another_project_app_or_time_is_refused(
    send: Callable[..., Any],
    sign: Callable[..., str],
    ports: Any,
    is_problem: Callable[..., Any],
    changes: dict[str, Any],
) -> None:
    is_problem(send(sign(**changes)), 403, "not-attested")
    assert ports.corrections.documents == {}


def test_a_token_that_somebody_else_signed_or_nobody_is_refused(
    send: Callable[..., Any], sign: Callable[..., str], is_problem: Callable[..., Any]
) -> None:
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    secret = "x" * 32
    for token in (
        sign(signed_with=stranger),
        sign(signed_with=None, algorithm="none"),
        sign(signed_with=secret, algorithm="HS256"),
        *("", "no-token", "..", "a.b.c", "%C3%BC"),
    ):
        is_problem(send(token), 403, "not-attested")


@pytest.mark.parametrize(
    "fetched",
    [(500, b"{}"), (200, b"<html>a captive portal</html>"), (200, b'{"keys": []}')],
)
def test_while_google_s_keys_cannot_be_read_a_game_may_try_again(
    send: Callable[..., Any],
    sign: Callable[..., str],
    google: Google,
    is_problem: Callable[..., Any],
    fetched: tuple[int, bytes],
) -> None:
    good = google.certificates
    google.status, google.certificates = fetched
    answer = send(sign())
    is_problem(answer, 503, "unavailable")
    assert int(answer.headers["retry-after"]) > 0
    google.certificates, google.status = good, 200
    assert send(sign()).status_code == 201


def test_keys_that_never_come_keep_nobody_waiting(
    connect: Callable[..., TestClient], settings: Settings, is_problem: Callable[..., Any]
) -> None:
    never = threading.Event()
    strict = settings.with_changes(answer={"app_check": "required"})
    client = connect(PIA, settings=strict, verify_app=lambda _: never.wait(60), answer_seconds=0.05)
    headers = {"X-Firebase-AppCheck": "token"}
    is_problem(client.post(ANSWERS, json=an_answer(), headers=headers), 503, "unavailable")
    never.set()


def test_where_it_is_off_no_token_is_looked_at(
    connect: Callable[..., TestClient],
) -> None:
    client = connect(PIA, verify_app=lambda _: pytest.fail("it was looked at"))
    headers = {"X-Firebase-AppCheck": "no-token"}
    assert client.post(ANSWERS, json=an_answer(), headers=headers).status_code == 201
