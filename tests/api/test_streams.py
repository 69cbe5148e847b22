"""A stream outlives the limit on answers, but not a client that does not read, nor the process."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from pipeline.records.runs import Lease, Progress, Run
from service.app import create_app
from service.following import feed
from service.http.connections import Limits
from service.server import make_server
from tests.api._events import KEY, listening
from tests.api._server import receive_all, serving

SHORT = Limits(answer_seconds=0.1)
CUT_OFF = "timeout graceful shutdown exceeded"
"""What uvicorn says when an answer has not ended by itself within the time for it."""
REQUEST = (
    "GET /v1/retrains/run-1/events HTTP/1.1\r\nHost: x\r\nX-API-Key: an-api-key-for-tests\r\n\r\n"
)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "POLL_SECONDS", 0.02)


@pytest.fixture
def app(settings: Any, ports: Any, queue: Any) -> Any:
    return create_app(settings, ports, queue)


@pytest.fixture
def lease(ports: Any) -> Lease:
    ports.runs.request(Run(id="run-1", requested_at=datetime.now(UTC)))
    taken: Lease = ports.runs.claim("run-1", "worker", 60)
    return taken


def wait_until(happened: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline, "it did not happen within a minute"
        time.sleep(0.01)


def report(ports: Any, lease: Lease, message: str) -> None:
    ports.runs.record(lease, {"progress": Progress(message=message)})


def test_a_stream_may_last_longer_than_any_other_answer(app: Any, ports: Any, lease: Lease) -> None:
    with serving(app, SHORT) as port, listening(port) as events:
        next(events)
        begun, told = time.monotonic(), 0
        while time.monotonic() < begun + 5 * SHORT.answer_seconds:
            report(ports, lease, f"step {told}")
            assert next(events).data["message"] == f"step {told}"
            told += 1


def test_a_client_that_does_not_read_is_dropped(app: Any, ports: Any, lease: Lease) -> None:
    with serving(app, SHORT) as port, socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", port))
        client.sendall(REQUEST.encode())
        feeds = app.state.wiring.feeds
        wait_until(lambda: len(feeds) == 1)

        def is_dropped() -> bool:
            report(ports, lease, "x" * 500_000)
            return len(feeds) == 0

        wait_until(is_dropped)


@pytest.fixture
def stopping(app: Any) -> Iterator[tuple[int, Callable[[], None]]]:
    """A server with the limits of production; what is yielded stops it as a signal does."""
    server = make_server(app, Limits())
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()

        def stop() -> None:
            server.should_exit = True
            thread.join()

        yield listener.getsockname()[1], stop
        stop()


def test_when_the_process_stops_each_stream_ends_whole_and_another_application_goes_on(
    stopping: tuple[int, Callable[[], None]],
    settings: Any,
    ports: Any,
    queue: Any,
    lease: Lease,
    *,
    caplog: pytest.LogCaptureFixture,
) -> None:
    port, stop = stopping
    with (
        socket.create_connection(("127.0.0.1", port)) as client,
        serving(create_app(settings, ports, queue)) as other,
        listening(other) as events,
    ):
        client.sendall(REQUEST.encode())
        assert b"event: progress" in _receive_until(client, b"event: progress")
        next(events)
        stop()
        assert CUT_OFF not in caplog.text
        rest = receive_all(client)
        assert b"this process stops" in rest
        assert rest.endswith(b"0\r\n\r\n")  # the end of the answer, as HTTP/1.1 writes it
        report(ports, lease, "going on")
        assert next(events).data["message"] == "going on"


def _receive_until(client: socket.socket, part: bytes) -> bytes:
    client.settimeout(60)
    received = b""
    while part not in received:
        received += client.recv(65_536)
    return received


PROGRAM = """
import sys
from datetime import UTC, datetime
from pipeline.bootstrap import in_memory
from pipeline.records.runs import Run
from pipeline.settings import Settings
from service import server
from service.app import create_app
ports = in_memory()
ports.runs.request(Run(id="run-1", requested_at=datetime.now(UTC)))
app = create_app(Settings(_env_file=None, api_key="an-api-key-for-tests"), ports, print)
with server._listen("127.0.0.1", 0) as listener:
    print(listener.getsockname()[1], flush=True)
    server.make_server(app, server.Limits()).run([listener])
"""


@pytest.mark.slow
@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_each_stream_whole_and_none_has_to_be_cut_off(sent: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        port = int(process.stdout.readline())
        url = f"http://127.0.0.1:{port}/v1/retrains/run-1/events"
        with httpx.stream("GET", url, headers=KEY, timeout=60) as answer:
            lines = answer.iter_lines()
            next(line for line in lines if line.startswith("data:"))
            begun = time.monotonic()
            process.send_signal(sent)
            said = [line for line in lines if line]
        process.wait(60)
        took = time.monotonic() - begun
        log = process.stderr.read()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()
    assert "this process stops" in said[-1]
    assert CUT_OFF not in log
    print(f"ended {took:.2f} s after {sent.name}")
