"""How large a body may be, by route, and what all bodies together may take."""

import asyncio
import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from pipeline.settings import Settings
from service.http.body_limit import ORDINARY_BYTES, STROKES_BYTES, BodyLimit, body_limits

LARGE = {("POST", "/large"): 100_000}
CANVAS_BYTES = 262_144


class Client:
    """Sends bodies to an application that reads them whole, and keeps them until it is told."""

    def __init__(self, all_bytes: int = 100_000) -> None:
        self.app = BodyLimit(self._read_all, LARGE, all_bytes)
        self.answer = asyncio.Event()
        self.num_read = 0

    async def _read_all(self, scope: Scope, receive: Receive, send: Send) -> None:
        more = scope["method"] != "GET"
        while more:
            message = await receive()
            self.num_read += len(message["body"])
            more = message["more_body"]
        await self.answer.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def post(
        self, parts: list[int], path: str = "/large", declared: int | None = None, **scope: Any
    ) -> tuple[int, dict[str, Any]]:
        """Send parts of these sizes; return the status, and the problem if there is one."""
        left: list[int] = list(parts)
        sent: list[Message] = []

        async def receive() -> Message:
            size = left.pop(0)
            return {"type": "http.request", "body": b"x" * size, "more_body": bool(left)}

        async def send(message: Message) -> None:
            sent.append(message)

        length = (b"transfer-encoding", b"chunked")
        if declared is not None:
            length = (b"content-length", str(declared).encode())
        await self.app(
            {
                "type": "http", "method": "POST", "path": path, "headers": [length],
                "query_string": b"", **scope,
            },
            receive,
            send,
        )  # fmt: skip
        body = b"".join(message.get("body", b"") for message in sent)
        return sent[0]["status"], json.loads(body) if body else {}


@pytest.fixture
def client() -> Client:
    client = Client()
    client.answer.set()
    return client


def run(*work: Any) -> list[Any]:
    async def all_of_it() -> list[Any]:
        return list(await asyncio.gather(*work))

    return asyncio.run(all_of_it())


def test_a_declared_length_is_refused_before_a_byte_is_read(client: Client) -> None:
    [(status, problem)] = run(client.post([50_000, 50_001], declared=100_001))
    assert (status, client.num_read) == (413, 0)
    assert "100,000 bytes at most" in problem["detail"]


def test_a_declared_length_says_nothing_where_no_body_is_read(client: Client) -> None:
    [(status, _)] = run(client.post([], declared=10**9, method="GET"))
    assert status == 200


@pytest.mark.parametrize("declared", [None, 10])
def test_reading_stops_as_soon_as_more_has_arrived(client: Client, declared: int | None) -> None:
    [(status, _)] = run(client.post([60_000, 60_000, 60_000], declared=declared))
    assert (status, client.num_read) == (413, 60_000)


@pytest.mark.parametrize(
    ("method", "path", "limit"),
    [
        ("POST", "/large", 100_000),
        ("PUT", "/large", ORDINARY_BYTES),
        ("POST", "/large/", ORDINARY_BYTES),
        ("POST", "/", ORDINARY_BYTES),
    ],
)
def test_a_body_of_exactly_the_limit_is_read(method: str, path: str, limit: int) -> None:
    for size, expected in ((limit, 200), (limit + 1, 413)):
        client = Client()
        client.answer.set()
        [(status, _)] = run(client.post([size], path, method=method))
        assert status == expected


def test_large_bodies_share_a_room_and_give_it_back() -> None:
    client = Client()

    async def crowd() -> None:
        first = asyncio.create_task(client.post([60_000]))
        await asyncio.sleep(0)
        status, problem = await client.post([60_000])
        assert status == 503
        assert "at the same time" in problem["detail"]
        client.answer.set()
        assert (await client.post([ORDINARY_BYTES - 1]))[0] == 200  # it needs no room
        assert (await first)[0] == 200
        assert (await client.post([100_000]))[0] == 200
        assert (await client.post([100_001]))[0] == 413
        assert (await client.post([100_000]))[0] == 200

    asyncio.run(crowd())


def test_one_body_of_the_largest_size_always_has_room() -> None:
    client = Client(all_bytes=1)
    client.answer.set()
    assert run(client.post([100_000]))[0][0] == 200


def test_a_batch_of_the_largest_canvases_fits(settings: Settings) -> None:
    limits = body_limits(settings.with_changes(max_canvas_bytes=CANVAS_BYTES))
    canvas = len(json.dumps({"drawing": "A" * (CANVAS_BYTES * 4 // 3), "correctedLabel": "cat"}))
    assert canvas < limits["POST", "/v1/corrections"] - STROKES_BYTES < canvas + 5_000
    assert 32 * canvas < limits["POST", "/v1/predict"] < 32 * (canvas + 5_000)


def test_the_limits_are_those_of_the_service(owner: TestClient) -> None:
    def post(path: str, size: int) -> int:
        json_kind = {"Content-Type": "application/json"}
        return owner.post(path, content=b" " * size, headers=json_kind).status_code

    assert post("/v1/corrections/c1/decision", 20_000) == 413
    assert post("/v1/predict", 500_000) == 422
    assert post("/v1/predict", 12_000_000) == 413
    assert post("/nowhere", 12_000_000) == 404
