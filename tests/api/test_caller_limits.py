"""Who is counted: an account, or an address for callers without one; never the API key."""

import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient

from pipeline.bootstrap import in_memory
from pipeline.errors import InvalidSettings
from pipeline.ports import Ports
from pipeline.service_settings import LimitSettings
from pipeline.settings import Settings
from pipeline.settings_reading import load_settings
from service.access.roles import Visitor
from service.app import create_app
from service.callers.limits import FREE_PATHS
from service.wiring import Wired
from tests.api._server import serving
from tests.api.conftest import verify_token

REQUESTS, WRONG_KEYS = 5, 2
KEY = {"X-API-Key": "an-api-key-for-tests"}
WRONG_KEY = {"X-API-Key": "another-key-for-tests"}
PLAYER = {"Authorization": "Bearer player-token"}
TEXT_PLAYER = {"Authorization": "bearer  text-token"}
WRONG_TOKEN = {"Authorization": "Bearer nonsense"}
OWNERS = "/v1/retrains"
PUBLIC = "/v1/keys"
ANYONE = "/test/anyone"


@pytest.fixture(scope="module")
def shared_app() -> FastAPI:
    settings = Settings(
        _env_file=None,
        api_key=KEY["X-API-Key"],
        redis_url="redis://127.0.0.1:1/0",
        limit=LimitSettings(requests=REQUESTS, wrong_keys=WRONG_KEYS),
    )

    def verify_for_an_hour(token: str) -> dict[str, Any]:
        return {**verify_token(token), "exp": time.time() + 3_600}

    app = create_app(settings, in_memory(), print, verify_for_an_hour)

    @app.get(ANYONE)
    async def anyone(request: Request, wiring: Wired, caller: Visitor, cost: int = 1) -> str:
        wiring.limits.charge(request.scope, cost)
        return str(caller.uid)

    return app


@pytest.fixture
def app(shared_app: FastAPI) -> FastAPI:
    """The application before any request."""
    wiring = shared_app.state.wiring
    for limit in (wiring.limits._requests, wiring.limits._wrong_keys):
        limit._window.storage.reset()
        limit._window.storage._clock = lambda: 90.0  # no window ends during a test
    wiring.tokens._known.clear()
    return shared_app


Ask = Callable[..., httpx.Response]


@pytest.fixture
def ask(app: FastAPI) -> Ask:
    """Sends a request from an address."""

    def send(path: str, headers: dict[str, str] | None = None, address: str = "10.0.0.1") -> Any:
        client = TestClient(app, client=(address, 50_000), raise_server_exceptions=False)
        return client.get(path, headers=headers)

    return send


def count(ask: Callable[[], httpx.Response], most: int = 12) -> int:
    """Return how many requests are answered until one gets 429."""
    for number in range(most):
        if ask().status_code == 429:
            return number
    return most


def test_too_many_requests_get_a_problem_that_says_when_to_come_again(
    ask: Ask, is_problem: Callable[..., Any]
) -> None:
    assert count(lambda: ask(PUBLIC)) == REQUESTS
    response = ask(PUBLIC)
    problem = is_problem(response, 429, "rate-limited")
    assert 1 <= int(response.headers["Retry-After"]) <= 120
    assert f"again in {response.headers['Retry-After']} s" in problem["detail"]


def test_pages_may_read_that_they_have_to_wait(ask: Ask) -> None:
    count(lambda: ask("/v1/release"))
    headers = ask("/v1/release", {"Origin": "https://game.example"}).headers
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert "Retry-After" in headers["Access-Control-Expose-Headers"]


@pytest.mark.parametrize("path", [PUBLIC, ANYONE, OWNERS, "/v1/release", "/nowhere"])
def test_without_an_account_the_address_is_counted(ask: Ask, path: str) -> None:
    assert count(lambda: ask(path)) == REQUESTS
    assert ask(path, address="10.0.0.2").status_code != 429
    assert ask(path, PLAYER).status_code != 429


@pytest.mark.parametrize("path", sorted(FREE_PATHS))
def test_monitoring_is_not_limited(ask: Ask, path: str) -> None:
    assert count(lambda: ask(path)) == 12


@pytest.mark.parametrize("path", [PUBLIC, ANYONE, OWNERS])
def test_the_api_key_is_not_limited(ask: Ask, path: str) -> None:
    count(lambda: ask(PUBLIC))
    assert count(lambda: ask(path, KEY)) == 12


def test_an_account_is_counted_wherever_it_comes_from(ask: Ask) -> None:
    addresses = iter(f"10.0.0.{number}" for number in range(100))
    assert count(lambda: ask(ANYONE, PLAYER, next(addresses))) == REQUESTS


def test_accounts_at_one_address_have_a_limit_each(ask: Ask) -> None:
    assert count(lambda: ask(ANYONE, PLAYER)) == REQUESTS
    assert count(lambda: ask(ANYONE, TEXT_PLAYER)) == REQUESTS
    assert count(lambda: ask(PUBLIC)) == REQUESTS


@pytest.mark.parametrize("path", [PUBLIC, ANYONE, OWNERS, "/nowhere"])
def test_tokens_that_are_not_valid_count_for_the_address(ask: Ask, path: str) -> None:
    tokens = iter(range(100))
    sent = lambda: ask(path, {"Authorization": f"Bearer nonsense-{next(tokens)}"})  # noqa: E731
    assert count(sent) == REQUESTS
    assert ask(path).status_code != 429


def test_a_known_account_is_served_while_its_address_has_to_wait(ask: Ask) -> None:
    assert ask(ANYONE, PLAYER).status_code == 200
    count(lambda: ask(ANYONE, WRONG_TOKEN))
    assert ask(ANYONE, TEXT_PLAYER).status_code == 429  # its token was not verified yet
    assert ask(ANYONE, PLAYER).status_code == 200


def test_a_known_account_is_counted_once_for_each_request(ask: Ask) -> None:
    assert count(lambda: ask(ANYONE, PLAYER)) == REQUESTS
    assert count(lambda: ask(ANYONE, WRONG_TOKEN)) == REQUESTS


@pytest.mark.parametrize("path", [OWNERS, ANYONE, "/metrics"])
def test_after_a_few_wrong_keys_no_key_from_there_is_looked_at(ask: Ask, path: str) -> None:
    assert count(lambda: ask(path, WRONG_KEY)) == WRONG_KEYS
    refused = ask(path, KEY)
    assert refused.status_code == 429
    assert "wrong API key" in refused.json()["detail"]
    assert ask(path, KEY, "10.0.0.2").status_code != 429
    assert ask(path, PLAYER).status_code != 429


def test_a_request_may_count_as_several(ask: Ask) -> None:
    assert ask(f"{ANYONE}?cost=4").status_code == 200
    assert ask(f"{ANYONE}?cost=2").status_code == 429
    assert count(lambda: ask(f"{ANYONE}?cost=100", KEY)) == 12


def test_each_drawing_of_a_batch_counts(app: FastAPI) -> None:
    client = TestClient(app, client=("10.0.0.1", 50_000))
    drawing = {"strokes": [[[0, 50, 100], [0, 80, 10]]]}

    def guess(number: int) -> int:
        return client.post("/v1/predict", json={"drawings": [drawing] * number}).status_code

    assert (guess(REQUESTS - 1), guess(2), guess(1)) == (404, 429, 429)


def test_neighbours_in_a_network_of_ipv6_count_as_one(ask: Ask) -> None:
    addresses = iter(f"2001:db8:1:2::{number}" for number in range(100))
    assert count(lambda: ask(PUBLIC, None, next(addresses))) == REQUESTS
    assert ask(PUBLIC, None, "2001:db8:1:3::1").status_code == 200
    assert count(lambda: ask(PUBLIC, None, "::ffff:10.0.0.9")) == REQUESTS
    assert ask(PUBLIC, None, "10.0.0.9").status_code == 429


def test_zero_switches_the_limits_off(ports: Ports, settings: Settings) -> None:
    free = settings.with_changes(limit={"requests": 0, "wrong_keys": 0})
    client = TestClient(create_app(free, ports, print, verify_token))
    assert count(lambda: client.get(PUBLIC)) == 12
    assert count(lambda: client.get(OWNERS, headers=WRONG_KEY)) == 12


def test_the_log_says_that_a_proxy_may_have_to_be_named(
    ask: Ask, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        count(lambda: ask(PUBLIC))
        assert "PROXIES" not in caplog.text
        ask(PUBLIC, {"X-Forwarded-For": "192.0.2.1"})
    assert "REDRAW_LIMIT_PROXIES" in caplog.text
    assert "192.0.2.1" not in caplog.text
    assert "10.0.0.1" not in caplog.text


@pytest.fixture
def forwarded(app: FastAPI) -> Iterator[Callable[[str], int]]:
    """Sends a request with X-Forwarded-For to a real server, which trusts loopback."""
    with serving(app, proxies="127.0.0.0/8") as port, httpx.Client() as client:
        yield (
            lambda text: (
                client.get(
                    f"http://127.0.0.1:{port}{PUBLIC}", headers={"X-Forwarded-For": text}
                ).status_code
            )
        )


def test_behind_a_proxy_the_address_is_the_one_that_it_saw(
    forwarded: Callable[[str], int],
) -> None:
    # Whatever a caller claims stands to the left of what the proxy adds.
    answers = [forwarded(f"192.0.2.{number}, 203.0.113.7") for number in range(REQUESTS + 1)]
    assert answers == [200] * REQUESTS + [429]
    assert forwarded("203.0.113.8") == 200


def test_nobody_else_may_say_where_they_come_from(app: FastAPI) -> None:
    with serving(app) as port, httpx.Client() as client:
        numbers = iter(range(100))
        sent = lambda: client.get(  # noqa: E731
            f"http://127.0.0.1:{port}{PUBLIC}",
            headers={"X-Forwarded-For": f"192.0.2.{next(numbers)}"},
        )
        assert count(sent) == REQUESTS


@pytest.mark.parametrize("text", ["*", "0.0.0.0/0", "::/0", "proxy.example", "10.0.0.1/8"])
def test_proxies_are_addresses_and_networks(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("REDRAW_LIMIT_PROXIES", text)
    with pytest.raises(InvalidSettings, match="REDRAW_LIMIT_PROXIES"):
        load_settings(_env_file=None)
