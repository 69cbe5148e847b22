"""POST /v1/models/{version}/withdraw, and GET /v1/keys."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from pipeline.ports import Ports
from pipeline.signing.keys import make_key


def test_a_version_is_withdrawn_by_whom_and_why(
    owner: TestClient, version: Callable[..., str]
) -> None:
    version(released=True)
    name = version()
    answer = owner.post(f"/v1/models/{name}/withdraw", json={"why": "it was worse"})
    assert (answer.status_code, answer.json()["status"]) == (200, "withdrawn")
    told = answer.json()["withdrawn"]
    assert told["why"] == "it was worse"
    assert told["by"]
    assert owner.post(f"/v1/models/{name}/withdraw").json() == answer.json()


def test_the_released_version_and_the_last_one_are_refused_with_what_to_do(
    owner: TestClient, version: Callable[..., str], is_problem: Callable[..., Any]
) -> None:
    name = version(released=True)
    for other in ((), (version(),)):
        answer = owner.post(f"/v1/models/{name}/withdraw")
        assert is_problem(answer, 409, "version-in-use")["detail"], other


def test_what_is_not_ready_or_not_there_is_refused(
    owner: TestClient, version: Callable[..., str], is_problem: Callable[..., Any]
) -> None:
    version()
    name = version(ready=False)
    is_problem(owner.post(f"/v1/models/{name}/withdraw"), 409, "version-not-ready")
    is_problem(owner.post("/v1/models/v9.9.9/withdraw"), 404, "not-found")


@pytest.mark.parametrize("body", [{"why": ""}, {"why": 3}, {"reason": "x"}])
def test_a_body_that_is_not_valid_is_refused(
    body: Any, owner: TestClient, version: Callable[..., str], is_problem: Callable[..., Any]
) -> None:
    answer = owner.post(f"/v1/models/{version()}/withdraw", json=body)
    is_problem(answer, 422, "invalid-request")


def test_anybody_may_read_the_public_keys(connect: Callable[..., TestClient], ports: Ports) -> None:
    keys = (make_key().public, make_key().public)
    answer = connect(ports=replace(ports, trusted=keys)).get("/v1/keys")
    assert answer.json() == {"keys": [{"keyId": key.id, "publicKey": key.text} for key in keys]}


def test_without_keys_the_list_is_empty(stranger: TestClient) -> None:
    assert stranger.get("/v1/keys").json() == {"keys": []}
