"""/healthz and /readyz."""

import math
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from fakeredis import TcpFakeServer
from fastapi.testclient import TestClient

from pipeline.errors import Unavailable
from pipeline.ports import Ports
from pipeline.settings import Settings
from pipeline.storage_paths import model_path
from service.routes import health
from service.versions import release_files


@pytest.fixture
def with_redis(settings: Settings) -> Iterator[Settings]:
    """The settings of a service whose Redis answers."""
    TcpFakeServer.allow_reuse_address = True
    server = TcpFakeServer(("127.0.0.1", 0), server_type="redis")
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
    )
    thread.start()
    yield settings.model_copy(
        update={"redis_url": "redis://{}:{}/0".format(*server.server_address)}
    )
    server.shutdown()
    server.server_close()


def test_without_redis_it_is_not_ready_and_says_so_without_waiting(
    stranger: TestClient, is_problem: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "ANSWER_SECONDS", 30)
    started = time.monotonic()
    problem = is_problem(stranger.get("/readyz"), 503, "unavailable")
    assert time.monotonic() - started < health.ANSWER_SECONDS
    assert problem["down"] == ["redis"]
    assert "start it" in problem["detail"]


def test_without_firestore_it_is_not_ready(
    connect: Callable[..., TestClient],
    with_redis: Settings,
    ports: Ports,
    broken: Callable[[Exception], Any],
    is_problem: Callable[..., Any],
) -> None:
    stranger = connect(
        ports=replace(ports, models=broken(Unavailable("secret-host"))), settings=with_redis
    )
    response = stranger.get("/readyz")
    assert is_problem(response, 503, "unavailable")["down"] == ["firestore"]
    assert "secret-host" not in response.text


def test_an_address_that_is_none_is_named(
    connect: Callable[..., TestClient], settings: Settings, is_problem: Callable[..., Any]
) -> None:
    stranger = connect(settings=settings.model_copy(update={"redis_url": "postgres://somewhere"}))
    assert is_problem(stranger.get("/readyz"), 503, "unavailable")["down"] == ["redis"]


def test_a_firestore_that_never_answers_is_asked_once_and_waited_for_briefly(
    connect: Callable[..., TestClient],
    ports: Ports,
    monkeypatch: pytest.MonkeyPatch,
    is_problem: Callable[..., Any],
) -> None:
    monkeypatch.setattr(health, "ANSWER_SECONDS", 0.05)
    asked, end = [], threading.Event()
    silent = SimpleNamespace(release=lambda: (asked.append(1), end.wait(10)))
    stranger = connect(ports=replace(ports, models=silent))
    for _ in range(3):
        assert "firestore" in is_problem(stranger.get("/readyz"), 503, "unavailable")["down"]
    end.set()
    assert len(asked) == 1


def test_it_is_ready_when_both_answer(
    connect: Callable[..., TestClient], with_redis: Settings
) -> None:
    assert connect(settings=with_redis).get("/readyz").json() == {"status": "ready"}


def test_the_process_is_alive_whatever_else_is_down(
    connect: Callable[..., TestClient], ports: Ports, broken: Callable[[Exception], Any]
) -> None:
    stranger = connect(ports=replace(ports, models=broken(Unavailable("gone"))))
    assert stranger.get("/healthz").json() == {"status": "ok"}


@pytest.mark.parametrize("change", ["missing", "cut off"])
def test_a_lost_file_of_the_release_is_reported(
    *,
    change: str,
    connect: Callable[..., TestClient],
    with_redis: Settings,
    ports: Any,
    version: Callable[..., str],
    is_problem: Callable[..., Any],
) -> None:
    path = model_path(version(released=True))
    objects = ports.artefacts.objects
    data = objects.pop(path)
    if change == "cut off":
        objects[path] = data[:-1]
    stranger = connect(settings=with_redis)
    ready = stranger.get("/readyz")
    assert ready.status_code == 200
    (problem,) = ready.json()["problems"]
    assert path in problem
    assert "redraw doctor" in problem
    objects[path] = data
    assert stranger.get("/readyz").json() == {"status": "ready"}


def test_the_files_of_the_release_are_listed_once_a_minute_and_again_after_a_promotion(
    connect: Callable[..., TestClient],
    with_redis: Settings,
    ports: Any,
    version: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = version(released=True), version()
    listed, list_objects = list[str](), ports.artefacts.list
    monkeypatch.setattr(
        ports.artefacts, "list", lambda prefix: (listed.append(prefix), list_objects(prefix))[1]
    )
    stranger = connect(settings=with_redis)

    def ask() -> None:
        assert stranger.get("/readyz").status_code == 200

    for _ in range(3):
        ask()
    ports.models.promote(second, by="owner", why="it is better")
    for _ in range(3):
        ask()
    assert listed == [f"models/production/{number}/" for number in (first, second)]
    monkeypatch.setattr(release_files, "time", SimpleNamespace(monotonic=lambda: math.inf))
    ask()
    assert len(listed) == 3


def test_a_storage_that_does_not_answer_does_not_make_it_unready(
    connect: Callable[..., TestClient],
    with_redis: Settings,
    ports: Ports,
    version: Callable[..., str],
    broken: Callable[[Exception], Any],
) -> None:
    version(released=True)
    stranger = connect(
        ports=replace(ports, artefacts=broken(Unavailable("gone"))), settings=with_redis
    )
    assert stranger.get("/readyz").json() == {"status": "ready"}
