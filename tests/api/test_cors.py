"""Pages of other origins: which may read which answers, and what their browser is told before."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from pipeline.errors import InvalidSettings, Unavailable
from pipeline.ports import Ports
from pipeline.service_settings import CorsSettings
from pipeline.settings import Settings
from pipeline.settings_reading import load_settings

GAME, OTHER = "https://game.example", "https://other.example:8443"
PREFLIGHT = {
    "Origin": GAME,
    "Access-Control-Request-Method": "GET",
    "Access-Control-Request-Headers": "if-none-match",
}


def test_a_page_of_any_origin_may_ask_with_if_none_match(stranger: TestClient) -> None:
    answer = stranger.options("/v1/release", headers=PREFLIGHT)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "GET" in answer.headers["access-control-allow-methods"]
    assert "if-none-match" in answer.headers["access-control-allow-headers"].lower()
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("headers", [{}, {"Origin": GAME}])
def test_a_page_may_read_the_release_and_its_tag(
    stranger: TestClient, version: Callable[..., str], headers: dict[str, str]
) -> None:
    version(released=True)
    answer = stranger.get("/v1/release", headers=headers)
    assert answer.headers["access-control-allow-origin"] == "*"
    exposed = answer.headers["access-control-expose-headers"]
    assert {"ETag", "Age", "Redraw-Stale", "Retry-After"} <= set(exposed.split(", "))
    unchanged = stranger.get("/v1/release", headers={"If-None-Match": answer.headers["etag"]})
    assert unchanged.status_code == 304
    assert unchanged.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    ("error", "status"),
    [(None, 404), (Unavailable("secret-host"), 503), (KeyError("a defect"), 500)],
)
def test_a_page_may_read_why_there_is_no_release(
    connect: Callable[..., TestClient],
    ports: Ports,
    broken: Callable[[Exception], Any],
    error: Exception | None,
    status: int,
) -> None:
    stranger = connect(ports=replace(ports, models=broken(error)) if error else ports)
    answer = stranger.get("/v1/release", headers={"Origin": GAME})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["access-control-allow-origin"] == "*"


def test_a_page_may_read_that_a_method_is_wrong(stranger: TestClient) -> None:
    answer = stranger.delete("/v1/release", headers={"Origin": GAME})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (405, "*")


@pytest.fixture
def choosy(connect: Callable[..., TestClient], settings: Settings) -> TestClient:
    """A service that lets pages of GAME alone read the release, and those of OTHER the rest."""
    cors = CorsSettings(origins=f"{GAME}, http://localhost:5173", owner_origins=OTHER)
    return connect(settings=settings.model_copy(update={"cors": cors}))


@pytest.mark.parametrize("origin", [GAME, "http://localhost:5173"])
def test_a_listed_origin_is_allowed_by_name(choosy: TestClient, origin: str) -> None:
    for answer in (
        choosy.get("/v1/release", headers={"Origin": origin}),
        choosy.options("/v1/release", headers=PREFLIGHT | {"Origin": origin}),
    ):
        assert answer.headers["access-control-allow-origin"] == origin
        assert answer.headers["vary"] == "Origin"


@pytest.mark.parametrize("origin", [OTHER, "https://game.example.evil", "null", GAME.upper()])
def test_an_origin_that_is_not_listed_is_not_allowed(choosy: TestClient, origin: str) -> None:
    for answer in (
        choosy.get("/v1/release", headers={"Origin": origin}),
        choosy.options("/v1/release", headers=PREFLIGHT | {"Origin": origin}),
    ):
        assert not [name for name in answer.headers if name.startswith("access-control")]
        assert answer.headers["vary"] == "Origin"


@pytest.mark.parametrize("path", ["/v1/retrains", "/v1/models/v1.0.0/promote", "/healthz"])
def test_no_page_of_another_origin_may_read_the_owner_s_routes_by_default(
    stranger: TestClient, path: str
) -> None:
    for answer in (
        stranger.get(path, headers={"Origin": GAME}),
        stranger.options(path, headers=PREFLIGHT),
    ):
        assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_page_of_the_owner_may_send_the_key(choosy: TestClient) -> None:
    asked = {
        "Origin": OTHER,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "x-api-key,content-type",
    }
    answer = choosy.options("/v1/retrains", headers=asked)
    assert answer.headers["access-control-allow-origin"] == OTHER
    assert "X-API-Key" in answer.headers["access-control-allow-headers"]
    assert "POST" in answer.headers["access-control-allow-methods"]
    refused = choosy.post("/v1/retrains", headers={"Origin": OTHER})
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, OTHER)


@pytest.mark.parametrize(
    "text", ["game.example", "https://game.example/play", "https://*.x", "null"]
)
def test_what_is_no_origin_is_refused_in_the_settings(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("REDRAW_CORS_ORIGINS", text)
    with pytest.raises(InvalidSettings, match=r"REDRAW_CORS_ORIGINS.*is no origin"):
        load_settings()


SENDING = {
    "Origin": GAME,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type,x-firebase-appcheck",
}


def test_a_page_of_the_game_may_send_an_answer_with_its_tokens(choosy: TestClient) -> None:
    allowed = choosy.options("/v1/corrections", headers=SENDING)
    assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (204, GAME)
    assert allowed.headers["access-control-allow-methods"] == "POST, DELETE"
    headers = allowed.headers["access-control-allow-headers"].lower().split(", ")
    assert {"authorization", "content-type", "x-firebase-appcheck"} <= set(headers)
    refused = choosy.post("/v1/corrections", json={}, headers={"Origin": GAME})
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, GAME)
    assert "Retry-After" in refused.headers["access-control-expose-headers"].split(", ")


def test_a_page_that_may_send_answers_may_not_list_them(choosy: TestClient) -> None:
    for answer in (
        choosy.get("/v1/corrections", headers={"Origin": GAME}),
        choosy.options(
            "/v1/corrections", headers=SENDING | {"Access-Control-Request-Method": "GET"}
        ),
        choosy.options("/v1/corrections/reopen", headers=SENDING),
        choosy.options("/v1/corrections", headers=SENDING | {"Origin": "https://other.example"}),
    ):
        assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("by_players", [True, False])
def test_a_page_may_have_its_player_forgotten_only_where_players_may(
    connect: Callable[..., TestClient], settings: Settings, by_players: bool
) -> None:
    client = connect(settings=settings.with_changes(forget={"by_players": by_players}))
    planned = SENDING | {"Access-Control-Request-Method": "DELETE"}
    answer = client.options("/v1/players/pia", headers=planned)
    assert ("access-control-allow-origin" in answer.headers) is by_players
