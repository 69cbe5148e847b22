"""How many answers a player may send in a minute, counted in Redis for all web processes."""

from collections.abc import Callable
from typing import Any

import fakeredis
import pytest
from fastapi.testclient import TestClient

from pipeline.settings import Settings
from service.http import rate_limit
from tests.api._answers import ANSWERS, PIA, TOM, an_answer


@pytest.fixture
def strict(settings: Settings) -> Settings:
    return settings.with_changes(answer={"per_minute": 2})


@pytest.fixture
def server() -> fakeredis.FakeServer:
    return fakeredis.FakeServer()


@pytest.fixture
def process(
    connect: Callable[..., TestClient], strict: Settings, server: fakeredis.FakeServer
) -> Callable[..., TestClient]:
    """A web process of its own, for a caller; all share one Redis."""
    return lambda caller=PIA: connect(
        caller, settings=strict, redis=fakeredis.FakeRedis(server=server)
    )


def send(client: TestClient, number: int) -> Any:
    return client.post(ANSWERS, json=an_answer(drawingId=f"d{number}"))


def test_one_answer_too_many_is_refused_by_every_process_and_says_when_to_come_again(
    process: Callable[..., TestClient], ports: Any, is_problem: Callable[..., Any]
) -> None:
    first, second = process(), process()
    assert [send(first, 1).status_code, send(second, 2).status_code] == [201, 201]
    for client in (first, second):
        refused = send(client, 3)
        is_problem(refused, 429, "rate-limited")
        assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert set(ports.corrections.documents) == {"d1", "d2"}


def test_each_player_is_counted_alone_and_redis_does_not_know_who_it_is(
    process: Callable[..., TestClient], server: fakeredis.FakeServer
) -> None:
    pia, tom = process(), process(TOM)
    assert [send(pia, 1).status_code, send(pia, 2).status_code] == [201, 201]
    assert send(tom, 3).status_code == 201
    keys = fakeredis.FakeRedis(server=server).keys()
    assert len(keys) == 2
    assert not [key for key in keys if b"pia" in key or b"tom" in key]


def test_what_is_counted_is_forgotten_by_redis_itself(
    process: Callable[..., TestClient], server: fakeredis.FakeServer
) -> None:
    send(process(), 1)
    redis = fakeredis.FakeRedis(server=server)
    assert [0 < redis.ttl(key) <= 120 for key in redis.scan_iter()] == [True]


def test_while_redis_is_away_answers_are_taken_and_this_process_counts(
    process: Callable[..., TestClient],
    server: fakeredis.FakeServer,
) -> None:
    server.connected = False
    pia = process()
    assert [send(pia, number).status_code for number in (1, 2, 3)] == [201, 201, 429]
    server.connected = True
    assert fakeredis.FakeRedis(server=server).keys() == []  # it is not asked for a while


def test_when_redis_is_back_it_counts_again(
    process: Callable[..., TestClient],
    server: fakeredis.FakeServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rate_limit, "AWAY_SECONDS", 0.0)
    server.connected = False
    pia = process()
    assert send(pia, 1).status_code == 201
    server.connected = True
    assert [send(pia, number).status_code for number in (2, 3, 4)] == [201, 201, 429]


def test_an_answer_that_is_not_valid_is_not_counted(process: Callable[..., TestClient]) -> None:
    pia = process()
    for _ in range(3):
        assert pia.post(ANSWERS, json=an_answer(confidence=2)).status_code == 422
    assert send(pia, 1).status_code == 201
