"""Every error is a problem document."""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from pipeline.ports import Ports


def test_an_unexpected_error_leaks_nothing_and_is_logged_under_its_reference(
    connect: Callable[..., TestClient],
    ports: Ports,
    broken: Callable[[Exception], Any],
    caplog: pytest.LogCaptureFixture,
    is_problem: Callable[..., Any],
) -> None:
    owner = connect(
        {"X-API-Key": "an-api-key-for-tests"},
        ports=replace(ports, runs=broken(KeyError("the secret"))),
    )
    with caplog.at_level(logging.ERROR):
        response = owner.get("/v1/retrains")
    problem = is_problem(response, 500, "internal")
    assert "secret" not in response.text
    assert "Traceback" not in response.text
    [record] = [record for record in caplog.records if record.name == "service.http.explaining"]
    assert record.getMessage().partition("(")[2].strip(")") in problem["detail"]
    assert "the secret" in str(record.exc_info[1])


@pytest.mark.parametrize(
    "path",
    ["/none", "/v1", "/v1/retrains/", "/docs", "/redoc", "/v1/models/v1.0.0/demote", "/caf%C3%A9"],
)
def test_a_path_that_does_not_exist_is_a_problem(
    owner: TestClient, is_problem: Callable[..., Any], path: str
) -> None:
    assert "/openapi.json" in is_problem(owner.get(path), 404)["detail"]


def test_a_body_that_is_too_large_is_refused(
    owner: TestClient, queue: Any, is_problem: Callable[..., Any]
) -> None:
    is_problem(owner.post("/v1/retrains", json={"reason": "x" * 20_000}), 413, "too-large")
    assert queue.run_ids == []


def test_a_body_that_is_too_large_is_refused_without_a_declared_length_too(
    owner: TestClient, queue: Any, is_problem: Callable[..., Any]
) -> None:
    body = (b" " * 1_000 for _ in range(20))
    response = owner.post(
        "/v1/retrains", content=body, headers={"Content-Type": "application/json"}
    )
    is_problem(response, 413, "too-large")
    assert queue.run_ids == []


def test_an_invalid_request_is_not_echoed(
    owner: TestClient, is_problem: Callable[..., Any]
) -> None:
    response = owner.post("/v1/retrains", json={"reason": ["<script>"]})
    is_problem(response, 422, "invalid-request")
    assert "<script>" not in response.text
