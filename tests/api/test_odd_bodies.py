"""Bodies of requests are taken exactly: nothing unknown, no other type, no half characters."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api._corrections import Put

JSON = {"Content-Type": "application/json"}
ODD = [
    (b'{"\\ud800": 1}', "body"),
    (b'{"why": "\\ud800"}', "body.why"),
    (b'{"why": true}', "body.why"),
    (b'{"why": 7}', "body.why"),
    (b'{"why": ""}', "body.why"),
    (b'{"replacing": false}', "body.replacing"),
    (b'{"replacing": "3"}', "body.replacing"),
    (b'{"replacing": 3.5}', "body.replacing"),
    (b'{"replacing": NaN}', "body.replacing"),
    (b'{"replacing": -Infinity}', "body.replacing"),
    (b'{"replacing": 1e999}', "body.replacing"),
    (b'{"replacing": -1}', "body.replacing"),
    (b'{"replacing": 9007199254740992}', "body.replacing"),
    (b'{"Replacing": 3}', "body.Replacing"),
    (b"[]", "body"),
    (b'"x"', "body"),
    (b"0", "body"),
]


@pytest.mark.parametrize(("body", "where"), ODD, ids=str)
def test_an_odd_body_is_refused_and_nothing_is_released(
    owner: TestClient,
    version: Callable[..., str],
    is_problem: Callable[..., dict[str, Any]],
    body: bytes,
    where: str,
) -> None:
    version(released=True)
    version()
    answer = owner.post("/v1/models/v1.0.1/promote", content=body, headers=JSON)
    problem = is_problem(answer, 422, "invalid-request")
    assert problem["errors"][0]["where"].startswith(where)
    assert owner.get("/v1/release").json()["version"] == "v1.0.0"


@pytest.mark.parametrize("body", [b"", b"null", b"{}", b'{"replacing": 1.0, "why": null}'])
def test_what_says_nothing_is_taken_as_nothing_and_a_number_by_its_value(
    owner: TestClient, version: Callable[..., str], body: bytes
) -> None:
    version(released=True)
    version()
    answer = owner.post("/v1/models/v1.0.1/promote", content=body, headers=JSON)
    assert (answer.status_code, answer.json()["version"]) == (200, "v1.0.1")


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "body"),
        ({"action": "Accept"}, "body"),
        ({"action": True}, "body"),
        ({"action": "accept", "label": "cat"}, "body.label"),
        ({"action": "accept", "label": None}, "body.label"),
        ({"action": "refuse", "why": "x"}, "body.why"),
        ({"action": "relabel"}, "body.label"),
        ({"action": "relabel", "label": None}, "body.label"),
        ({"action": "relabel", "label": 3}, "body.label"),
    ],
    ids=str,
)
def test_a_decision_has_what_its_action_needs_and_no_more(
    owner: TestClient, put: Put, is_problem: Callable[..., dict[str, Any]], body: Any, where: str
) -> None:
    put("c1")
    problem = is_problem(
        owner.post("/v1/corrections/c1/decision", json=body), 422, "invalid-request"
    )
    assert [error["where"] for error in problem["errors"]] == [where]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/corrections/reopen", {"reason": "blank", "limit": True}),
        ("/v1/corrections/reopen", {"reason": "blank", "limit": "5"}),
        ("/v1/models/v1.0.0/trial", {"share": True}),
        ("/v1/models/v1.0.0/trial", {"share": "0.1"}),
        ("/v1/models/v1.0.0/trial", {"days": 10**400}),
        ("/v1/retrains", {"reason": ["x"]}),
        ("/v1/retrains", {"Reason": "x"}),
        ("/v1/baselines", {"recipe": "slow"}),
        ("/v1/models/v1.0.0/withdraw", {"replacing": 3}),
    ],
    ids=str,
)
def test_no_other_type_is_taken_and_nothing_unknown(
    owner: TestClient, is_problem: Callable[..., Any], path: str, body: Any
) -> None:
    is_problem(owner.post(path, json=body), 422, "invalid-request")


@pytest.mark.parametrize("text", ["a\0b", "\u202e", "é" * 200, "\n"])
def test_a_text_comes_back_as_it_was_sent(owner: TestClient, text: str) -> None:
    assert owner.post("/v1/retrains", json={"reason": text}).json()["purpose"] == text


@pytest.mark.parametrize(
    "path",
    [
        "/v1/models/v01.0.0", "/v1/models/v1.0.00", "/v1/models/v1.0.1000000000",
        "/v1/models/v1.0.0%0A", "/v1/models/latest", "/v1/models?after=v01.0.0",
        "/v1/trials/v1.0", "/v1/models/v1.0.0/files/%00", "/v1/retrains/..%00",
        "/v1/retrains/__x__", "/v1/retrains/-", f"/v1/retrains/{'x' * 101}",
        "/v1/releases?after=-1", "/v1/releases?after=1e3",
    ],
)  # fmt: skip
def test_an_id_that_nothing_can_have_is_refused(
    owner: TestClient, is_problem: Callable[..., Any], path: str
) -> None:
    is_problem(owner.get(path), 422, "invalid-request")


@pytest.mark.parametrize("name", ["__x__", "x" * 1501, "%F0%9F%98%80" * 400, "%C3%A9" * 751])
def test_an_id_that_no_correction_can_have_is_refused(
    owner: TestClient, is_problem: Callable[..., Any], name: str
) -> None:
    is_problem(owner.get(f"/v1/corrections/{name}"), 422, "invalid-request")
    is_problem(owner.get(f"/v1/corrections/{name}/drawing"), 422, "invalid-request")
    is_problem(owner.get(f"/v1/corrections?after={name}"), 422, "invalid-request")
    accept = owner.post(f"/v1/corrections/{name}/decision", json={"action": "accept"})
    is_problem(accept, 422, "invalid-request")
