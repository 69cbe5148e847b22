"""POST /v1/corrections/reopen: refusals of one reason become pending again."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from pipeline.ports import Ports
from tests.api._corrections import Put

URL = "/v1/corrections/reopen"


def status(ports: Ports, name: str) -> Any:
    return ports.corrections.get(name).fields["status"]


def refuse(put: Put, name: str, reason: str = "missing_image", state: str = "refused") -> None:
    put(name, status=state, retraining={"reason": reason})


def test_refusals_of_one_reason_are_pending_again(
    owner: TestClient, ports: Ports, put: Put
) -> None:
    for name in ("a", "b", "c"):
        refuse(put, name)
    refuse(put, "d", reason="blank")
    first = owner.post(URL, json={"reason": "missing_image", "limit": 2})
    assert (first.status_code, first.json()) == (200, {"reopened": 2, "more": True})
    assert owner.post(URL, json={"reason": "missing_image"}).json() == {
        "reopened": 1,
        "more": False,
    }
    assert owner.post(URL, json={"reason": "missing_image"}).json()["reopened"] == 0
    assert [status(ports, name) for name in "abcd"] == ["pending"] * 3 + ["refused"]


@pytest.mark.parametrize("state", ["merged", "quarantined"])
def test_what_is_merged_or_quarantined_stays(
    owner: TestClient, ports: Ports, put: Put, state: str
) -> None:
    refuse(put, "a", state=state)
    assert owner.post(URL, json={"reason": "missing_image"}).json()["reopened"] == 0
    assert status(ports, "a") == state


@pytest.mark.parametrize(
    "body",
    [
        None, {}, {"reason": ""}, {"reason": "owner"}, {"reason": "A B"}, {"reason": 7},
        {"reason": "blank", "limit": 0}, {"reason": "blank", "limit": 1001},
        {"reason": "blank", "state": "merged"},
    ],
    ids=str,
)  # fmt: skip
def test_a_request_that_makes_no_sense_is_refused(
    owner: TestClient, is_problem: Callable[..., Any], body: Any
) -> None:
    is_problem(owner.post(URL, json=body), 422, "invalid-request")


def test_what_an_owner_refused_is_decided_one_by_one(
    owner: TestClient, ports: Ports, put: Put
) -> None:
    refuse(put, "a", reason="owner")
    problem = owner.post(URL, json={"reason": "owner"}).json()
    assert "redraw decide ID accept" in problem["errors"][0]["message"]
    assert status(ports, "a") == "refused"
