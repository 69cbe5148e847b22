"""What a route does not take is refused, and a parameter without a value counts as absent."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

Check = Callable[..., dict[str, Any]]


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("/v1/retrains?stat=held", "query.stat"),
        ("/v1/retrains?limit=1&limit=2", "query.limit"),
        ("/v1/retrains/run-1?verbose=true", "query.verbose"),
        ("/v1/players/ann/preview?x=1", "query.x"),
    ],
)
def test_unknown_and_repeated_parameters_are_named(
    owner: TestClient, is_problem: Check, path: str, where: str
) -> None:
    problem = is_problem(owner.get(path), 422, "invalid-request")
    assert [error["where"] for error in problem["errors"]] == [where]


def test_a_misspelled_preview_deletes_nobody(owner: TestClient, is_problem: Check) -> None:
    is_problem(owner.delete("/v1/players/ann?preveiw=true"), 422, "invalid-request")
    assert owner.get("/v1/retrains").json()["runs"] == []


@pytest.mark.parametrize(
    "path", ["/v1/release?_=1&_=2", "/v1/keys?v=3", "/healthz?x=1", "/openapi.json?x=1"]
)
def test_routes_for_everybody_ignore_what_caches_add(stranger: TestClient, path: str) -> None:
    assert stranger.get(path).status_code == stranger.get(path.partition("?")[0]).status_code


@pytest.mark.parametrize(
    "path",
    [
        "/v1/retrains?after=&limit=&state=&kind&trigger=",
        "/v1/models?status=&after=",
        "/v1/releases?after=",
        "/v1/trials?&&state=",
        "/v1/corrections?state=&reason=&after=&run=",
        "/v1/retrains?unknown=",
    ],
)
def test_a_parameter_without_a_value_counts_as_absent(owner: TestClient, path: str) -> None:
    answer = owner.get(path)
    assert answer.status_code == 200
    assert answer.json() == owner.get(path.partition("?")[0]).json()


def test_a_body_that_no_one_reads_is_refused(
    owner: TestClient, version: Callable[..., str], is_problem: Check
) -> None:
    version(released=True)
    path = "/v1/trials/v1.0.0/stop"
    problem = is_problem(owner.post(path, json={"why": "it is late"}), 422, "invalid-request")
    assert problem["errors"] == [{"where": "body", "message": "this route takes no body"}]
    for body in (b"", b"{}", b" null\n"):
        assert owner.post(path, content=body).status_code == 404


@pytest.mark.parametrize("kind", [None, "text/plain", "application/xml", "json", "multipart/json"])
def test_a_body_of_another_type_is_refused(
    owner: TestClient, is_problem: Check, kind: str | None
) -> None:
    headers = {} if kind is None else {"Content-Type": kind}
    answer = owner.post("/v1/retrains", content=b'{"reason": "x"}', headers=headers)
    is_problem(answer, 415, "other-media-type")
    assert owner.get("/v1/retrains").json()["runs"] == []


@pytest.mark.parametrize(
    "kind", ["application/json; charset=utf-8", "application/merge-patch+json"]
)
def test_json_under_any_of_its_names_is_read(owner: TestClient, kind: str) -> None:
    answer = owner.post("/v1/retrains", content=b'{"reason": "x"}', headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["purpose"]) == (202, "x")
