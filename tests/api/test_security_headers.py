"""What every answer tells browsers, whatever gives it."""

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from pipeline.ports import Ports
from pipeline.settings import Settings
from service.app import create_app
from service.http.connections import Limits
from service.http.security_headers import SECURITY_HEADERS
from tests.api._server import receive_all, serving

PRODUCTION = {"environment": "production"}


def all_of(headers: Any) -> bool:
    return all(headers.get_list(name) == [text] for name, text in SECURITY_HEADERS.items())


def test_every_answer_has_them(stranger: TestClient) -> None:
    for method in ("GET", "HEAD", "OPTIONS", "POST"):
        for path in ("/healthz", "/v1/release", "/v1/retrains", "/nowhere"):
            assert all_of(stranger.request(method, path).headers), (method, path)


def test_an_answer_to_a_preflight_has_them(stranger: TestClient) -> None:
    asked = {"Origin": "https://game.example", "Access-Control-Request-Method": "GET"}
    assert all_of(stranger.options("/v1/release", headers=asked).headers)


def test_an_error_that_nobody_expected_has_them(connect: Callable[..., TestClient]) -> None:
    def enqueue(_: str) -> None:
        raise KeyError("odd")

    answer = connect({"X-API-Key": "an-api-key-for-tests"}, enqueue=enqueue).post("/v1/retrains")
    assert answer.status_code == 500
    assert all_of(answer.headers)


def test_an_answer_below_the_application_has_them(settings: Settings, ports: Ports) -> None:
    with (
        serving(create_app(settings, ports, print), Limits()) as port,
        socket.create_connection(("127.0.0.1", port), 60) as connection,
    ):
        connection.sendall(b"no http\r\n\r\n")
        answer = receive_all(connection).lower()
    for name, text in SECURITY_HEADERS.items():
        assert f"{name}: {text}\r\n".lower().encode() in answer


def test_a_page_keeps_its_own_policy(stranger: TestClient) -> None:
    headers = stranger.get("/sign-in").headers
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert len(headers.get_list("Content-Security-Policy")) == 1
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_files_of_a_version_load_in_pages_of_games(
    stranger: TestClient, version: Callable[..., str]
) -> None:
    name = version(released=True)
    headers = stranger.get(f"/v1/models/{name}/files/model.h5").headers
    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    ("environment", "scheme", "sent"),
    [
        ("production", "https", True),
        ("production", "http", False),
        ("development", "https", False),
    ],
)
def test_production_asks_browsers_to_stay_with_https(
    settings: Settings, ports: Ports, environment: str, scheme: str, *, sent: bool
) -> None:
    app = create_app(settings.with_changes(environment=environment), ports, print)
    headers = TestClient(app, base_url=f"{scheme}://redraw.example").get("/healthz").headers
    assert ("Strict-Transport-Security" in headers) is sent
    assert all_of(headers)


def test_no_other_module_but_those_of_pages_names_them() -> None:
    named = [
        path.name
        for path in (Path(__file__).parents[2] / "service").rglob("*.py")
        if "Referrer-Policy" in path.read_text() and "dashboard" not in path.parts
    ]
    assert named == ["security_headers.py"]
