"""HEAD, OPTIONS, and the header Allow: what they say about a path is true."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

PATHS = {
    "/healthz": "GET, HEAD, OPTIONS",
    "/metrics": "GET, HEAD, OPTIONS",
    "/readyz": "GET, HEAD, OPTIONS",
    "/openapi.json": "GET, HEAD, OPTIONS",
    "/v1/predict": "POST, OPTIONS",
    "/v1/release": "GET, HEAD, OPTIONS",
    "/v1/retrains": "GET, HEAD, POST, OPTIONS",
    "/v1/baselines": "POST, OPTIONS",
    "/v1/retrains/run-1": "GET, HEAD, OPTIONS",
    "/v1/retrains/run-1/events": "GET, HEAD, OPTIONS",
    "/v1/retrains/run-1/cancel": "POST, OPTIONS",
    "/v1/models": "GET, HEAD, OPTIONS",
    "/v1/models/v1.0.0": "GET, HEAD, OPTIONS",
    "/v1/models/v1.0.0/files/manifest.json": "GET, HEAD, OPTIONS",
    "/v1/models/v1.0.0/lineage": "GET, HEAD, OPTIONS",
    "/v1/models/v1.0.0/corrections": "GET, HEAD, OPTIONS",
    "/v1/players": "GET, HEAD, OPTIONS",
    "/v1/players/ann": "DELETE, OPTIONS",
    # DELETE would forget a player with the id "ann/preview".
    "/v1/players/ann/preview": "GET, HEAD, DELETE, OPTIONS",
    "/v1/models/v1.0.0/promote": "POST, OPTIONS",
    "/v1/releases": "GET, HEAD, OPTIONS",
    "/v1/releases/rollback": "POST, OPTIONS",
    "/v1/models/v1.0.0/trial": "POST, OPTIONS",
    "/v1/models/v1.0.0/withdraw": "POST, OPTIONS",
    "/v1/keys": "GET, HEAD, OPTIONS",
    "/v1/trials": "GET, HEAD, OPTIONS",
    "/v1/trials/v1.0.0": "GET, HEAD, OPTIONS",
    "/v1/trials/v1.0.0/stop": "POST, OPTIONS",
    "/v1/notifications": "GET, HEAD, OPTIONS",
    "/v1/notifications/msg_0567b70eec74447d5559dab4c5f76669": "GET, HEAD, OPTIONS",
    # GET would look at a notification with the id "test", which none has.
    "/v1/notifications/test": "GET, HEAD, POST, OPTIONS",
    "/v1/corrections": "GET, HEAD, POST, OPTIONS",
    # GET would look at a correction with the id "reopen".
    "/v1/corrections/reopen": "GET, HEAD, POST, OPTIONS",
    "/v1/corrections/c1": "GET, HEAD, OPTIONS",
    "/v1/corrections/c1/drawing": "GET, HEAD, OPTIONS",
    "/v1/corrections/c1/decision": "POST, DELETE, OPTIONS",
}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")


@pytest.mark.parametrize("path", PATHS)
def test_a_method_that_a_path_has_not_is_refused_and_those_that_it_has_are_named(
    owner: TestClient, is_problem: Callable[..., Any], path: str
) -> None:
    allowed = PATHS[path].split(", ")
    for method in METHODS:
        response = owner.request(method, path)
        assert (response.status_code == 405) == (method not in allowed), method
        if method not in allowed:
            if method != "HEAD":  # its answer has no body
                is_problem(response, 405)
            assert response.headers["allow"] == PATHS[path]


@pytest.mark.parametrize("path", PATHS)
def test_options_names_the_methods_of_a_path(stranger: TestClient, path: str) -> None:
    response = stranger.options(path)
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["allow"] == PATHS[path]


def test_a_path_that_does_not_exist_has_no_options(
    stranger: TestClient, is_problem: Callable[..., Any]
) -> None:
    assert "allow" not in stranger.options("/v2").headers
    is_problem(stranger.options("/v2"), 404)


@pytest.mark.parametrize("path", ["/healthz", "/v1/release", "/v1/retrains", "/v2"])
def test_head_is_get_without_the_body(
    owner: TestClient, version: Callable[..., str], path: str
) -> None:
    version(released=True)
    headers = {"X-Request-ID": "of-both-requests"}
    get, head = owner.get(path, headers=headers), owner.head(path, headers=headers)
    assert (head.status_code, head.content) == (get.status_code, b"")
    assert dict(head.headers) == dict(get.headers)


def test_all_paths_are_in_this_list(stranger: TestClient) -> None:
    described = stranger.get("/openapi.json").json()["paths"]
    assert len(described) + 1 == len(PATHS)  # /openapi.json does not describe itself
