"""How long requests take, and which of them are measured."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import APIRouter
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import StreamingResponse

from service.metrics.requests import BUCKETS, MeasureRequests, RequestTimes
from tests.api.metrics._project import read

COUNT = "redraw_http_request_duration_seconds_count"


def counts(client: TestClient) -> dict[tuple[str, str, str], float]:
    """How many requests were measured, by method, route and status."""
    found = {}
    for (name, labels), number in read(client.get("/metrics").text).items():
        if name == COUNT:
            given_labels = dict(labels)
            key = tuple(given_labels[label] for label in ("method", "route", "status"))
            found[key] = number
    return found  # type: ignore[return-value]


def test_a_request_counts_under_the_template_of_its_path(owner: TestClient) -> None:
    for path in ("/v1/models/v1.0.0", "/v1/models/v1.0.1", "/v1/models", "/healthz"):
        owner.get(path)
    owner.head("/v1/models")
    owner.post("/v1/corrections/c1/decision", json={"action": "accept"})
    owner.post("/v1/predict", content=b"no drawing", headers={"Content-Type": "image/png"})
    owner.get("/v1/players/ann/preview")
    assert counts(owner) == {
        ("GET", "/v1/models/{version}", "4xx"): 2,
        ("GET", "/v1/models", "2xx"): 1,
        ("HEAD", "/v1/models", "2xx"): 1,
        ("GET", "/healthz", "2xx"): 1,
        ("POST", "/v1/corrections/{correction_id}/decision", "4xx"): 1,
        ("POST", "/v1/predict", "4xx"): 1,
        ("GET", "/v1/players/{player_id}/preview", "2xx"): 1,
    }


def test_a_path_that_does_not_exist_does_not_count(owner: TestClient) -> None:
    for path in ("/v2", "/v1/models/a/b/c", "/wp-login.php", "/%00"):
        owner.get(path)
    assert counts(owner) == {}


def test_methods_that_clients_invent_count_as_one(owner: TestClient) -> None:
    for method in ("BREW", "WHEN", "X" * 200):
        owner.request(method, "/healthz")
    assert counts(owner) == {("other", "/healthz", "4xx"): 3}


def test_what_is_refused_before_its_route_counts(owner: TestClient) -> None:
    owner.post("/v1/retrains", content=b" " * 100_000)
    owner.options("/v1/models/v1.0.0")
    owner.get("/v1/models", headers={"X-API-Key": "wrong"})
    assert counts(owner) == {
        ("POST", "/v1/retrains", "4xx"): 1,
        ("OPTIONS", "/v1/models/{version}", "2xx"): 1,
        ("GET", "/v1/models", "4xx"): 1,
    }


def test_a_request_that_fails_counts_as_one_of_the_service_s_errors(
    owner: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise KeyError("a defect")

    monkeypatch.setattr("pipeline.adapters.memory_runs.MemoryRuns.get", fail)
    assert owner.get("/v1/retrains/run-1").status_code == 500
    assert counts(owner) == {("GET", "/v1/retrains/{run_id}", "5xx"): 1}


def test_of_a_stream_the_time_to_its_beginning_counts_and_it_is_in_flight_until_its_end(
    connect: Callable[..., TestClient],
) -> None:
    client = connect()
    times = client.app.state.wiring.metrics.requests  # type: ignore[attr-defined]
    router, seen = APIRouter(), []

    @router.get("/stream")
    def stream() -> StreamingResponse:
        def parts() -> Any:
            seen.append(times.in_flight)
            yield b"x"

        return StreamingResponse(parts())

    client.app.include_router(router)  # type: ignore[attr-defined]
    client.get("/stream")
    assert (seen, times.in_flight) == ([1], 0)


def test_the_time_ends_where_the_answer_begins() -> None:
    clock = iter([100.0, 100.25, 999.0])
    times = RequestTimes()

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        scope["route"] = type("Route", (), {"path_format": "/x"})
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def send(message: Any) -> None: ...

    scope = {"type": "http", "method": "GET", "path": "/x"}
    measured = MeasureRequests(answer, times, [], clock=lambda: next(clock))
    asyncio.run(measured(scope, None, send))  # type: ignore[arg-type]
    (total,) = [s.value for s in times.histogram().samples if s.name.endswith("_sum")]
    assert total == 0.25


def test_lifespan_messages_are_handed_on() -> None:
    seen = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    times = RequestTimes()
    asyncio.run(MeasureRequests(app, times, [])({"type": "lifespan"}, None, None))  # type: ignore[arg-type]
    assert seen == ["lifespan"]
    assert times.histogram().samples == []


@given(st.lists(st.floats(0, 10), max_size=30))
def test_the_buckets_hold_every_request_at_its_time_or_above(seconds: list[float]) -> None:
    times = RequestTimes()
    for each in seconds:
        times.note("GET", "/x", 200, each)
    held = {
        sample.labels["le"]: sample.value
        for sample in times.histogram().samples
        if sample.name.endswith("_bucket")
    }
    expected = {str(end): sum(each <= end for each in seconds) for end in BUCKETS}
    assert held == ({**expected, "+Inf": len(seconds)} if seconds else {})
