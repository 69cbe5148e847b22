"""Firestore, Storage, Redis or Google hang: every route answers, and soon, however many ask."""

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from pipeline.errors import Unavailable
from pipeline.ports import Ports
from pipeline.settings import Settings
from service.app import create_app
from service.backends.bounded import CALLS, Backend
from tests.api._corrections import Put
from tests.api._routes import list_examples
from tests.api._waiting import until

KEY = {"X-API-Key": "an-api-key-for-tests"}
TOKEN = {"Authorization": "Bearer admin-token"}
SOON = 0.05


class Hanging:
    """Every method waits until it is released, and counts how many wait."""

    def __init__(self) -> None:
        self.end = threading.Event()
        self.calls = 0

    def __getattr__(self, name: str) -> Callable[..., None]:
        return self

    def __call__(self, *_: Any, **__: Any) -> None:
        self.calls += 1
        self.end.wait(60)
        raise Unavailable("gone at last")

    def let_go(self) -> None:
        """Let all that wait fail; who comes from now on waits."""
        end, self.end = self.end, threading.Event()
        end.set()


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    hanging = Hanging()
    yield hanging
    hanging.end.set()


@pytest.fixture
def make(settings: Settings, ports: Ports) -> Callable[..., FastAPI]:
    def make_app(seconds: float = SOON, enqueue: Any = print, **changed: Any) -> FastAPI:
        verify = changed.pop("verify_token", lambda _: {"uid": "ada", "admin": True})
        return create_app(
            settings, replace(ports, **changed), enqueue, verify, answer_seconds=seconds
        )

    return make_app


async def request_all(app: FastAPI, *requests: tuple[str, str, dict[str, str]]) -> list[Any]:
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
    ):
        return list(
            await asyncio.gather(
                *(client.request(method, path, headers=head) for method, path, head in requests)
            )
        )


@pytest.mark.slow  # every route waits for what hangs
def test_what_is_behind_a_route_and_hangs_is_a_problem_soon(
    make: Callable[..., FastAPI],
    hanging: Hanging,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every route of the application, with an owner's key; a few need nothing behind them."""
    monkeypatch.setattr("service.routes.health.ANSWER_SECONDS", SOON)
    app = make(models=hanging, runs=hanging, corrections=hanging, trials=hanging, artefacts=hanging)
    wrong, seen = [], Counter[int]()

    async def ask_each() -> None:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            for example in list_examples(app, settings):
                hanging.calls = 0
                answer = await client.request(
                    example.method, example.path, headers=KEY, json=example.body
                )
                seen[answer.status_code] += 1
                if answer.status_code >= 500 and not (
                    answer.json()["type"].rpartition(":")[2] in {"unavailable", "still-counting"}
                    and int(answer.headers["retry-after"]) > 0
                    # Events look at earlier runs at the same time.
                    and hanging.calls <= 1 + example.path.endswith("/events")
                ):
                    wrong.append((example.name, answer.status_code, hanging.calls))
                hanging.let_go()

    asyncio.run(ask_each())
    assert wrong == []
    assert seen[503] > sum(seen.values()) / 2


def test_a_storage_that_hangs_is_a_problem_soon(
    make: Callable[..., FastAPI], hanging: Hanging, put: Put, is_problem: Callable[..., Any]
) -> None:
    put()
    app = make(artefacts=hanging)
    [answer] = asyncio.run(request_all(app, ("GET", "/v1/corrections/c1/drawing", KEY)))
    is_problem(answer, 503, "unavailable")


def test_a_redis_that_hangs_leaves_the_run_recorded(
    make: Callable[..., FastAPI], hanging: Hanging, ports: Ports, is_problem: Callable[..., Any]
) -> None:
    [answer] = asyncio.run(request_all(make(enqueue=hanging), ("POST", "/v1/retrains", KEY)))
    assert ports.runs.get(is_problem(answer, 503, "not-queued")["runId"]).state == "requested"


def test_a_google_that_hangs_is_a_problem_soon_and_the_key_still_works(
    make: Callable[..., FastAPI], hanging: Hanging, is_problem: Callable[..., Any]
) -> None:
    app = make(verify_token=hanging)
    token, key = asyncio.run(
        request_all(app, ("GET", "/v1/models", TOKEN), ("GET", "/v1/models", KEY))
    )
    is_problem(token, 503, "unavailable")
    assert key.status_code == 200


def test_the_process_is_alive_while_more_requests_hang_than_a_pool_has_threads(
    make: Callable[..., FastAPI], hanging: Hanging
) -> None:
    app = make(60, models=hanging)  # no request is given up during this test

    async def crowd() -> None:
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
        ):
            owners = [asyncio.create_task(client.get("/v1/models", headers=KEY)) for _ in range(50)]
            players = [asyncio.create_task(client.get("/v1/release")) for _ in range(50)]
            await until(lambda: hanging.calls == CALLS + 1)
            for _ in range(3):
                assert (await client.get("/healthz")).status_code == 200
            # Others, which need no Firestore, get an answer from the pool's threads too.
            assert (await client.get("/v1/models")).status_code == 401
            assert not any(each.done() for each in (*owners, *players))
            assert hanging.calls == CALLS + 1  # the players share one read
            hanging.end.set()
            await asyncio.gather(*owners, *players)

    asyncio.run(crowd())


def test_a_call_waits_for_a_place_only_as_long_as_for_an_answer(hanging: Hanging) -> None:
    backend = Backend("Firestore", seconds=SOON, calls=2)
    for _ in range(3):
        with pytest.raises(Unavailable, match="Firestore"):
            backend.call(hanging)
    assert hanging.calls == 2


def test_a_call_that_ends_after_all_leaves_its_place(hanging: Hanging) -> None:
    backend = Backend("Firestore", seconds=60, calls=1)
    hanging.end.set()
    for _ in range(3):
        with pytest.raises(Unavailable, match="gone at last"):
            backend.call(hanging)


def test_a_bounded_port_returns_and_raises_what_the_port_does() -> None:
    port = Backend("Firestore").bound(SimpleNamespace(add=lambda a, b=1: a + b, fail=lambda: 1 / 0))
    assert (port.add(1), port.add(1, b=3)) == (2, 4)
    with pytest.raises(ZeroDivisionError):
        port.fail()
