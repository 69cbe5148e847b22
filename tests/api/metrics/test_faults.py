"""/metrics while what it reads is odd, gone, or slow: it answers, and says what it cannot say."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from redis import RedisError

from pipeline.errors import AccessDenied, RedrawError, Unavailable
from pipeline.ports import Ports
from service.app import create_app
from tests.api._waiting import until
from tests.api.metrics._project import fill, names, value
from tests.contract._versions import released

Scraper = Callable[..., TestClient]


class Watched:
    """A port that counts its calls, and raises `error` if it is set."""

    def __init__(self, port: Any) -> None:
        self._port = port
        self.calls: list[str] = []
        self.error: Exception | None = None

    def __getattr__(self, name: str) -> Any:
        def call(*args: Any, **options: Any) -> Any:
            self.calls.append(name)
            if self.error is not None:
                raise self.error
            return getattr(self._port, name)(*args, **options)

        return call


def watch(ports: Ports) -> tuple[Ports, dict[str, Watched]]:
    names = ("corrections", "runs", "models", "trials", "artefacts")
    watched = {name: Watched(getattr(ports, name)) for name in names}
    return replace(ports, **watched), watched


@pytest.mark.parametrize("error", [Unavailable("gone"), AccessDenied("no")])
def test_a_firestore_that_does_not_answer_leaves_the_last_state_with_its_age(
    scraper: Scraper, ports: Ports, error: RedrawError
) -> None:
    fill(ports)
    watched, of = watch(ports)
    client = scraper(ports=watched)
    before = client.get("/metrics").text
    for name in ("corrections", "runs", "models", "trials"):
        of[name].error = error
    after = client.get("/metrics").text
    assert value(before, "redraw_backend_up", backend="firestore") == 1
    assert value(after, "redraw_backend_up", backend="firestore") == 0
    assert names(after) == names(before)
    ages = [value(text, "redraw_state_age_seconds", part="now") or 0 for text in (before, after)]
    assert ages[1] > ages[0]


def test_a_firestore_that_answers_again_is_up_again(scraper: Scraper, ports: Ports) -> None:
    watched, of = watch(ports)
    client = scraper(ports=watched)
    of["runs"].error = Unavailable("gone")
    assert value(client.get("/metrics").text, "redraw_backend_up", backend="firestore") == 0
    of["runs"].error = None

    def is_up() -> bool:
        return value(client.get("/metrics").text, "redraw_backend_up", backend="firestore") == 1

    asyncio.run(until(is_up))  # after a failure a scrape does not wait for the next attempt


def test_a_redis_that_is_down_takes_only_its_own_metrics_away(
    scraper: Scraper, ports: Ports
) -> None:
    class Down:
        def __getattr__(self, name: str) -> Any:
            raise RedisError("gone")

    fill(ports)
    text = scraper(redis=Down()).get("/metrics").text
    assert value(text, "redraw_backend_up", backend="redis") == 0
    assert "redraw_queue_tasks" not in names(text)
    assert value(text, "redraw_corrections_pending") == 2


def test_a_storage_that_is_down_is_told_apart_from_firestore(
    scraper: Scraper, ports: Ports
) -> None:
    watched, of = watch(ports)
    of["artefacts"].error = Unavailable("gone")
    text = scraper(ports=watched).get("/metrics").text
    assert value(text, "redraw_backend_up", backend="storage") == 0
    assert value(text, "redraw_backend_up", backend="firestore") == 1


@pytest.mark.parametrize(
    "error", [RedrawError("an index is missing"), KeyError("odd"), TypeError("odder")]
)
def test_a_subject_that_cannot_be_read_is_left_out_and_named(
    scraper: Scraper, ports: Ports, error: Exception
) -> None:
    fill(ports)
    watched, of = watch(ports)
    of["corrections"].error = error
    answer = scraper(ports=watched).get("/metrics")
    assert answer.status_code == 200
    for subject in ("pending", "corrections", "answers"):
        assert value(answer.text, "redraw_state_left_out", subject=subject) == 1
    assert value(answer.text, "redraw_state_left_out", subject="runs") == 0
    assert {"redraw_corrections", "redraw_corrections_pending"}.isdisjoint(names(answer.text))
    assert {"redraw_runs", "redraw_release_info"} <= names(answer.text)


ODD = [None, {}, {"version": 7}, {"fence": "x"}, {"seconds": "long"}, {"state": ["failed"]}]


def test_odd_documents_never_fail_a_scrape(scraper: Scraper, ports: Any) -> None:
    fill(ports)
    client = scraper()
    good = ports.models._release
    for odd in ODD:
        ports.models._release = {**good, **odd} if odd else odd
        ports.models._models["v1.0.0"] = odd or {}
        ports.runs.documents["run-1"] = odd or {}
        ports.runs.slot_document = {"runId": "run-1", **(odd or {})}
        ports.models.trials["v9-1"] = odd or {}
        assert client.get("/metrics").status_code == 200, odd


def test_a_release_that_cannot_be_read_says_nothing_about_whether_there_is_one(
    scraper: Scraper, ports: Any
) -> None:
    fill(ports)
    ports.models._release["version"] = 7
    text = scraper().get("/metrics").text
    assert value(text, "redraw_state_left_out", subject="release") == 1
    assert {"redraw_released", "redraw_release_info"}.isdisjoint(names(text))


def test_a_firestore_that_hangs_costs_a_scrape_a_part_of_the_time_it_may_take(
    settings: Any, ports: Ports
) -> None:
    end = threading.Event()

    class Hanging:
        def __getattr__(self, name: str) -> Any:
            return lambda *_, **__: end.wait(60)

    hanging = replace(ports, runs=Hanging(), models=Hanging(), corrections=Hanging())
    app = create_app(settings, hanging, print, answer_seconds=0.05)

    async def scrape_twice() -> list[str]:
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
        ):
            key = {"X-API-Key": "an-api-key-for-tests"}
            return [(await client.get("/metrics", headers=key)).text for _ in range(2)]

    texts = asyncio.run(scrape_twice())
    assert not end.is_set()
    end.set()
    for text in texts:
        assert "redraw_http_requests_in_flight" in names(text)
        assert "redraw_runs" not in names(text)


# What is read, and how often


@pytest.fixture
def counted(
    connect: Callable[..., TestClient], ports: Ports
) -> tuple[TestClient, dict[str, Watched]]:
    """A service with the default settings, and its ports."""
    released(ports.models, 1)
    watched, of = watch(ports)
    key = {"X-API-Key": "an-api-key-for-tests"}
    return connect(key, ports=watched, answer_seconds=60), of


def test_many_scrapes_in_a_short_time_read_once(
    counted: tuple[TestClient, dict[str, Watched]],
) -> None:
    client, of = counted
    client.get("/metrics")
    read = {name: list(port.calls) for name, port in of.items()}
    for _ in range(5):
        client.get("/metrics")
    assert {name: port.calls for name, port in of.items()} == read
    assert read["runs"].count("slot") == 1


def test_an_application_that_nobody_scrapes_reads_nothing(
    counted: tuple[TestClient, dict[str, Watched]],
) -> None:
    client, of = counted
    client.get("/healthz")
    assert {name: port.calls for name, port in of.items()} == {name: [] for name in of}


def test_the_history_is_read_again_after_a_run_and_not_before(
    scraper: Scraper, ports: Ports
) -> None:
    fill(ports)
    watched, of = watch(ports)
    client = scraper(ports=watched)
    for _ in range(3):
        client.get("/metrics")
    assert of["runs"].calls.count("count_states") == 1
    assert of["corrections"].calls.count("pending_since") == 1
    ports.models.promote("v1.0.0", by="owner", why="back")
    client.get("/metrics")
    client.get("/metrics")
    assert of["runs"].calls.count("count_states") == 2
    assert of["corrections"].calls.count("pending_since") == 2
