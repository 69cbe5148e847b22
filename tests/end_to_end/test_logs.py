"""What service, worker and beat of one Redraw write, and how the service stops."""

import json
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from pipeline.settings_reading import load_settings
from service.cli.processes import Stack
from service.cli.stack import (
    BEAT,
    Addresses,
    find_free_ports,
    new_stack,
    start_firebase,
    start_redis,
    start_service,
    start_workers,
)
from tests.end_to_end._house import KEY, House

pytestmark = pytest.mark.slow
REQUEST = "of-the-game-0001"
PLAYER = "pia@example.org"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """An empty project whose processes write JSON."""
    settings, addresses = load_settings(data_dir=tmp_path / "data"), find_free_ports()
    extra = {"REDRAW_API_KEY": KEY, "REDRAW_LOG_FORMAT": "json", "REDRAW_CHECK_SECONDS": "1"}
    with new_stack(settings, addresses, extra) as stack:
        start_firebase(stack, settings, addresses)
        start_redis(stack, settings, addresses)
        start_workers(stack, 1)
        stack.start("beat", *BEAT)
        start_service(stack, addresses)
        yield open_house(stack, settings, addresses)


def open_house(stack: Stack, settings: Any, addresses: Addresses) -> House:
    http = httpx.Client(
        base_url=f"http://127.0.0.1:{addresses.service}", headers={"X-API-Key": KEY}, timeout=30
    )
    return House(stack, settings, addresses, http, None, None)


def lines_of(house: House, name: str) -> list[dict[str, Any]]:
    text = (house.stack.logs / f"{name}.log").read_text()
    return [json.loads(line) for line in text.splitlines()]


def test_every_line_is_json_and_a_request_is_found_in_the_workers_log(house: House) -> None:
    answer = house.http.post("/v1/retrains", headers={"X-Request-ID": REQUEST})
    run_id = answer.json()["id"]
    house.wait_until_ended(run_id)
    house.http.delete(f"/v1/players/{PLAYER}")
    ids = {"request_id": REQUEST, "run_id": run_id}
    assert any(ids.items() <= line.items() for line in lines_of(house, "service"))
    told = house.wait_for(
        lambda: [
            line
            for line in lines_of(house, "worker")
            if ids.items() <= line.items() and "succeeded" in line["message"]
        ]
    )
    assert told[0]["task"] == "redraw.retrain"
    house.wait_for(lambda: any("redraw.check" in str(line) for line in lines_of(house, "beat")))
    for name in ("service", "worker", "beat"):
        for line in lines_of(house, name):
            assert {"time", "severity", "logger", "message", "redraw_version"} <= line.keys()
            assert KEY not in str(line)
            assert "pia" not in str(line)


def test_the_service_ends_what_it_has_begun_and_takes_nothing_new(house: House) -> None:
    port, process = house.addresses.service, house.stack.processes["service"]
    with socket.create_connection(("127.0.0.1", port), 60) as begun:
        body = json.dumps({"reason": "a slow client"}).encode()
        begun.sendall(
            b"POST /v1/retrains HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            + f"X-API-Key: {KEY}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            + body[:1]
        )
        os.kill(process.pid, signal.SIGTERM)
        house.wait_for(lambda: is_closed(port))
        begun.sendall(body[1:])
        assert begun.recv(12) == b"HTTP/1.1 202"
    assert process.wait(60) == 0


def is_closed(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(5)
        return probe.connect_ex(("127.0.0.1", port)) != 0
