"""How many answers the page takes: of a player, and of an address."""

from collections.abc import Callable
from typing import Any

import fakeredis
import pytest
from fastapi.testclient import TestClient

from pipeline.settings import Settings
from tests.api.pages.play.conftest import Connect, Send


@pytest.fixture
def server() -> fakeredis.FakeServer:
    return fakeredis.FakeServer()


@pytest.fixture
def open_browser(
    connect: Connect, for_all: Settings, server: fakeredis.FakeServer
) -> Callable[..., TestClient]:
    """A browser at a service with these limits."""

    def open_one(*, player: int, address: int) -> TestClient:
        settings = for_all.with_changes(
            answer={"per_minute": player},
            dashboard={"play": "anyone", "play_per_minute": address},
        )
        return connect(settings=settings, redis=fakeredis.FakeRedis(server=server))

    return open_one


def test_a_player_has_the_same_limit_as_in_a_game(
    open_browser: Callable[..., TestClient], send: Send, is_problem: Callable[..., Any]
) -> None:
    browser = open_browser(player=2, address=0)
    assert [send(browser, f"d{number}").status_code for number in range(2)] == [201, 201]
    is_problem(send(browser, "d2"), 429, "rate-limited")


def test_who_drops_the_cookie_each_time_is_limited_by_the_address(
    open_browser: Callable[..., TestClient],
    send: Send,
    server: fakeredis.FakeServer,
    ports: Any,
    is_problem: Callable[..., Any],
) -> None:
    browser = open_browser(player=0, address=2)
    for number in range(3):
        browser.cookies.clear()
        answer = send(browser, f"d{number}")
    is_problem(answer, 429, "rate-limited")
    assert len({fields["userId"] for fields in ports.corrections.documents.values()}) == 2
    keys = fakeredis.FakeRedis(server=server).keys()
    assert keys
    assert not [key for key in keys if b"testclient" in key]


def test_a_large_canvas_is_taken_and_a_larger_body_is_not(
    open_browser: Callable[..., TestClient], send: Send, is_problem: Callable[..., Any]
) -> None:
    browser = open_browser(player=0, address=0)
    stroke = {"x": [float(n % 500) for n in range(4000)], "y": [float(n // 8) for n in range(4000)]}
    assert send(browser, strokes=[stroke]).status_code == 201
    is_problem(send(browser, "d2", canvas="x" * 2_000_000), 413, "too-large")
