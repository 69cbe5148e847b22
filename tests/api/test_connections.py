"""Connections that send half a request, nothing, or garbage, over real sockets."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from select import select
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from pipeline.ports import Ports
from pipeline.settings import Settings
from service.app import create_app
from service.http.connections import Limits
from tests.api._server import receive_all, serving

HASTY = Limits(head_seconds=0.05, body_seconds=0.05, answer_seconds=0.05)
HEAD = b"POST /v1/retrains HTTP/1.1\r\nHost: test\r\nX-API-Key: an-api-key-for-tests\r\n"
GET = b"GET /healthz HTTP/1.1\r\nHost: test\r\n"


@pytest.fixture
def app(settings: Settings, ports: Ports) -> FastAPI:
    return create_app(settings, ports, print)


Connect = Callable[[bytes], socket.socket]


@contextmanager
def connecting(port: int) -> Iterator[Connect]:
    with ExitStack() as opened:

        def connect(data: bytes) -> socket.socket:
            connection = opened.enter_context(socket.create_connection(("127.0.0.1", port), 60))
            connection.sendall(data)
            return connection

        yield connect


@pytest.fixture
def connect(app: FastAPI) -> Iterator[Connect]:
    """Sends bytes to a hasty service, and returns the open connection."""
    with serving(app, HASTY) as port, connecting(port) as connect:
        yield connect


def problem_in(answer: bytes, status: int) -> dict[str, Any]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status), answer
    assert b"application/problem+json" in head
    problem: dict[str, Any] = json.loads(body)
    assert problem["status"] == status
    return problem


@pytest.mark.parametrize("begun", [b"G", b"GET / HTTP/1.1\r\n", GET, GET + b"X-Slow: 1\r\n"])
def test_headers_that_never_end_are_given_up_and_answered(connect: Connect, begun: bytes) -> None:
    assert "headers" in problem_in(receive_all(connect(begun)), 408)["detail"]


@pytest.mark.parametrize(
    "begun", [b"Content-Length: 20\r\n\r\n{", b"Transfer-Encoding: chunked\r\n\r\n5\r\n{"]
)
def test_a_body_that_never_ends_is_given_up_and_answered(
    connect: Connect, ports: Ports, begun: bytes
) -> None:
    answer = receive_all(connect(HEAD + b"Content-Type: application/json\r\n" + begun))
    problem = problem_in(answer, 408)
    assert "body" in problem["detail"]
    assert problem["instance"] == "/v1/retrains"
    assert ports.runs.list() == []


def test_a_byte_now_and_then_does_not_keep_a_connection(app: FastAPI) -> None:
    limits = Limits(head_seconds=0.3)
    with serving(app, limits) as port, connecting(port) as connect:
        slow, stop = connect(GET + b"X-Slow: "), threading.Event()

        def trickle() -> None:
            while not stop.wait(0.01):
                try:
                    slow.sendall(b"x")
                except OSError:
                    return

        thread = threading.Thread(target=trickle)
        thread.start()
        try:
            receive_all(slow)  # ends when the server closes the connection
        finally:
            stop.set()
            thread.join()


def test_a_connection_that_says_nothing_is_closed_without_a_word(connect: Connect) -> None:
    assert receive_all(connect(b"")) == b""


def test_a_second_request_on_a_connection_has_limits_too(connect: Connect) -> None:
    answer = receive_all(connect(GET + b"\r\n" + GET))
    first, second = answer.split(b"HTTP/1.1 ")[1:]
    assert first.startswith(b"200 ")
    assert second.startswith(b"408 ")


def test_an_answer_that_nobody_takes_is_dropped() -> None:
    dropped = threading.Event()

    async def endless(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(1_000):
            await send({"type": "http.response.body", "body": b"x" * 100_000, "more_body": True})
            if (await receive())["type"] == "http.disconnect":
                break
        dropped.set()

    with serving(endless, HASTY) as port, connecting(port) as connect:
        connect(GET + b"\r\n")
        assert dropped.wait(60)


@pytest.mark.parametrize("garbage", [b"\x16\x03\x01\x02\x00", b"hello\r\n\r\n", b"\0" * 20_000])
def test_what_is_no_http_is_answered_with_a_problem(app: FastAPI, garbage: bytes) -> None:
    with serving(app) as port, connecting(port) as connect:
        problem_in(receive_all(connect(garbage + b"\r\n\r\n")), 400)


def test_half_requests_on_all_places_do_not_keep_others_out(app: FastAPI) -> None:
    with serving(app, Limits(connections=8)) as port, connecting(port) as connect:
        half = [connect(GET) for _ in range(100)]
        for _ in range(3):
            assert receive_all(connect(GET + b"Connection: close\r\n\r\n")).startswith(
                b"HTTP/1.1 200 "
            )
        for connection in half[:92]:
            assert receive_all(connection) == b""  # these gave their places to later ones


def test_when_all_are_being_answered_one_more_is_told_to_come_again() -> None:
    busy, end = threading.Semaphore(0), threading.Event()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            busy.release()
            await receive()
            while not end.is_set():
                message = await receive()
                if message["type"] == "http.disconnect":
                    return

    with serving(slow, Limits(connections=2)) as port, connecting(port) as connect:
        for _ in range(2):
            connect(GET + b"\r\n")
            assert busy.acquire(timeout=60)
        refused = receive_all(connect(GET + b"\r\n"))
        problem_in(refused, 503)
        assert b"retry-after: 5" in refused.lower()
        end.set()


def test_an_ordinary_client_uses_one_connection_for_many_requests(app: FastAPI) -> None:
    with (
        serving(app, Limits(connections=1)) as port,
        httpx.Client(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        assert {client.get("/healthz").status_code for _ in range(50)} == {200}
        key = {"X-API-Key": "an-api-key-for-tests"}
        assert client.post("/v1/retrains", json={"reason": "cats"}, headers=key).status_code == 202


BODY = HEAD.replace(b"/v1/retrains", b"/v1/predict") + b"Content-Type: application/json\r\n"


def send_slowly(connection: socket.socket, num_parts: int, part: bytes, pause: float) -> None:
    """Send parts with a pause after each, until the server has closed the connection."""
    with suppress(OSError):
        for _ in range(num_parts):
            connection.sendall(part)
            if select([connection], [], [], pause)[0]:
                return


def test_a_large_body_may_take_longer_than_a_small_one() -> None:
    limits = Limits(body_seconds=0.2, body_rate=5_000)
    with serving(reading, limits) as port, connecting(port) as connect:
        slow = connect(BODY + b"Content-Length: 100000\r\n\r\n")
        send_slowly(slow, 10, b"x" * 10_000, 0.05)
        assert slow.recv(17) == b"HTTP/1.1 200 OK\r\n"


def test_a_body_that_arrives_below_the_rate_is_given_up() -> None:
    limits = Limits(body_seconds=0.1, body_rate=1_000_000)
    with serving(reading, limits) as port, connecting(port) as connect:
        slow = connect(BODY + b"Content-Length: 100000\r\n\r\n")
        send_slowly(slow, 1_000, b"x", 0.01)
        assert "body" in problem_in(receive_all(slow), 408)["detail"]


def test_no_body_takes_longer_than_the_longest() -> None:
    limits = Limits(body_seconds=0.05, body_rate=1, longest_body_seconds=0.2)
    with serving(reading, limits) as port, connecting(port) as connect:
        slow = connect(BODY + b"Content-Length: 100000\r\n\r\n")
        send_slowly(slow, 1_000, b"x" * 100, 0.01)
        problem_in(receive_all(slow), 408)


def test_a_slow_body_gives_its_place_to_a_new_client() -> None:
    begun = threading.Semaphore(0)

    async def reading_and_telling(scope: Scope, receive: Receive, send: Send) -> None:
        begun.release()
        await reading(scope, receive, send)

    limits = Limits(connections=2, body_seconds=0.05, body_rate=1)
    with serving(reading_and_telling, limits) as port, connecting(port) as connect:
        begun.acquire()  # for the start of the server
        slow = [connect(BODY + b"Content-Length: 100\r\n\r\n" + b"x" * 90) for _ in range(2)]
        assert all(begun.acquire(timeout=60) for _ in slow)
        # Until the first body is slow, those who come are told to come again.
        answers = (receive_all(connect(GET + b"Connection: close\r\n\r\n")) for _ in range(10_000))
        assert any(answer.startswith(b"HTTP/1.1 200 ") for answer in answers)
        problem_in(receive_all(slow[0]), 408)


async def reading(scope: Scope, receive: Receive, send: Send) -> None:
    """Read the whole body, then answer."""
    if scope["type"] != "http":
        return
    while (message := await receive()).get("more_body"):
        pass
    if message["type"] == "http.request":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body"})
