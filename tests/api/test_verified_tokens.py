"""A valid token is remembered for a short time, so that not every request asks Google."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from google.oauth2.credentials import Credentials

from pipeline.errors import Unavailable
from pipeline.settings import Settings
from service.callers import verified
from service.callers.tokens import FirebaseTokens, InvalidToken
from service.callers.verified import KEPT_SECONDS, VerifiedTokens
from tests.api._google import Google

REVOKED: dict[str, object] = {"localId": "ada", "validSince": "4000000000"}


class Clock:
    """Both clocks of the module `time`; a test moves them."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(verified, "time", clock)
    return clock


class Verifier:
    """Stands for Firebase: counts the questions, and knows what a token says."""

    def __init__(self, clock: Clock) -> None:
        self.asked: list[str] = []
        self.claims: dict[str, Any] = {"uid": "ada", "exp": clock.now + 3600}
        self.error: Exception | None = None

    def __call__(self, token: str) -> dict[str, Any]:
        self.asked.append(token)
        if self.error is not None:
            raise self.error
        return self.claims


@pytest.fixture
def verifier(clock: Clock) -> Verifier:
    return Verifier(clock)


@pytest.fixture
def tokens(verifier: Verifier) -> VerifiedTokens:
    return VerifiedTokens(verifier)


def test_a_token_is_known_for_a_short_time_after_it_was_verified(
    clock: Clock, verifier: Verifier, tokens: VerifiedTokens
) -> None:
    assert tokens.find("t") is None
    assert tokens.verify("t") == verifier.claims
    clock.now += KEPT_SECONDS - 1
    assert tokens.find("t") == verifier.claims
    assert tokens.find("u") is None
    clock.now += 1
    assert tokens.find("t") is None
    assert verifier.asked == ["t"]


def test_a_token_is_not_known_beyond_its_expiry(
    clock: Clock, verifier: Verifier, tokens: VerifiedTokens
) -> None:
    verifier.claims["exp"] = clock.now + 5
    tokens.verify("t")
    clock.now += 4
    assert tokens.find("t") is not None
    clock.now += 1
    assert tokens.find("t") is None


@pytest.mark.parametrize("expiry", [None, "never", -1])
def test_a_token_that_does_not_say_how_long_it_holds_is_verified_each_time(
    verifier: Verifier, tokens: VerifiedTokens, expiry: Any
) -> None:
    verifier.claims["exp"] = expiry
    tokens.verify("t")
    assert tokens.find("t") is None


@pytest.mark.parametrize("error", [InvalidToken("revoked"), Unavailable("down")])
def test_a_token_that_no_longer_holds_or_cannot_be_verified_is_not_known_any_more(
    verifier: Verifier, tokens: VerifiedTokens, error: Exception
) -> None:
    tokens.verify("t")
    verifier.error = error
    with pytest.raises(type(error)):
        tokens.verify("t")
    assert tokens.find("t") is None


def test_a_slow_answer_counts_from_the_question(
    clock: Clock, verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    def verify_slowly(token: str) -> dict[str, Any]:
        clock.now += KEPT_SECONDS
        return verifier(token)

    tokens = VerifiedTokens(verify_slowly)
    tokens.verify("t")
    assert tokens.find("t") is None


def test_no_more_tokens_are_kept_than_there_is_room_for(
    tokens: VerifiedTokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verified, "KEPT_TOKENS", 3)
    for name in "abcad":
        tokens.verify(name)
    assert [tokens.find(name) is not None for name in "abcd"] == [True, False, True, True]


@pytest.fixture
def client(connect: Callable[..., TestClient], settings: Settings, google: Google) -> TestClient:
    return connect(verify_token=FirebaseTokens(settings, Credentials("access")))


def test_reading_asks_google_once_a_minute_and_an_owners_change_always(
    client: TestClient, google: Google, sign: Callable[..., str]
) -> None:
    head = {"Authorization": f"Bearer {sign()}"}
    for _ in range(3):
        assert client.get("/v1/models", headers=head).status_code == 200
    assert len([path for path in google.requests if path.endswith("accounts:lookup")]) == 1
    google.users["ada"] = REVOKED
    assert client.get("/v1/models", headers=head).status_code == 200
    assert client.post("/v1/retrains", headers=head).status_code == 401
    assert client.get("/v1/models", headers=head).status_code == 401  # known by now


def test_a_player_who_is_known_needs_no_google(
    client: TestClient, google: Google, sign: Callable[..., str]
) -> None:
    head = {"Authorization": f"Bearer {sign(sub='pia', admin=None)}"}
    assert client.get("/v1/models", headers=head).status_code == 403
    google.status = 500
    assert client.post("/v1/retrains", headers=head).status_code == 403
