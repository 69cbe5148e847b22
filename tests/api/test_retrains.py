"""POST and GET /v1/retrains."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from pipeline.errors import Unavailable
from pipeline.ports import Ports
from pipeline.records.runs import Run


def test_a_second_run_is_refused_with_the_id_of_the_one_that_is_going(
    owner: TestClient, queue: Any, is_problem: Callable[..., Any]
) -> None:
    going = owner.post("/v1/retrains").json()["id"]
    problem = is_problem(owner.post("/v1/retrains"), 409, "run-in-progress")
    assert problem["runId"] == going
    assert going in problem["detail"]
    assert queue.run_ids == [going]


def test_the_refusal_says_in_which_state_the_run_is_and_whom_to_ask(
    owner: TestClient, ports: Ports, is_problem: Callable[..., Any]
) -> None:
    going = owner.post("/v1/retrains").json()["id"]
    waiting = is_problem(owner.post("/v1/retrains"), 409, "run-in-progress")
    assert (waiting["state"], waiting.get("holder")) == ("requested", None)
    assert "no worker executes it" in waiting["detail"]

    ports.runs.claim(going, "machine:7", 60)
    executed = is_problem(owner.post("/v1/retrains"), 409, "run-in-progress")
    until = ports.runs.slot().slot.until
    assert (executed["holder"], datetime.fromisoformat(executed["leaseUntil"])) == (
        "machine:7",
        until,
    )
    for words in ("api-key", "machine:7", f"{until:%H:%M:%S} UTC"):
        assert words in executed["detail"]


def test_a_run_that_was_deleted_in_the_console_refuses_nobody(
    owner: TestClient, ports: Any
) -> None:
    going = owner.post("/v1/retrains").json()["id"]
    ports.runs.claim(going, "machine:7", 60)
    ports.runs.documents.clear()
    assert owner.post("/v1/retrains").status_code == 202


def test_another_key_is_refused_while_a_run_is_going(
    owner: TestClient, is_problem: Callable[..., Any]
) -> None:
    going = owner.post("/v1/retrains", headers={"Idempotency-Key": "one"}).json()["id"]
    assert (
        is_problem(
            owner.post("/v1/retrains", headers={"Idempotency-Key": "two"}), 409, "run-in-progress"
        )["runId"]
        == going
    )


def test_when_redis_is_down_the_answer_says_that_the_run_is_recorded_and_which(
    owner: TestClient, queue: Any, ports: Ports, is_problem: Callable[..., Any]
) -> None:
    queue.down = True
    response = owner.post("/v1/retrains")
    problem = is_problem(response, 503, "not-queued")
    assert ports.runs.get(problem["runId"]).state == "requested"
    assert "starts by itself" in problem["detail"]
    assert "secret-host" not in response.text
    assert response.headers["location"] == f"/v1/retrains/{problem['runId']}"
    assert int(response.headers["retry-after"]) > 0


def test_the_same_key_queues_the_run_again_when_redis_was_down_before(
    owner: TestClient, queue: Any
) -> None:
    queue.down = True
    recorded = owner.post("/v1/retrains", headers={"Idempotency-Key": "friday"}).json()["runId"]
    queue.down = False
    response = owner.post("/v1/retrains", headers={"Idempotency-Key": "friday"})
    assert (response.status_code, response.json()["id"], queue.run_ids) == (
        202,
        recorded,
        [recorded],
    )


def test_when_firestore_is_down_nothing_is_queued(
    connect: Callable[..., TestClient],
    ports: Ports,
    queue: Any,
    broken: Callable[[Exception], Any],
    is_problem: Callable[..., Any],
) -> None:
    owner = connect(
        {"X-API-Key": "an-api-key-for-tests"},
        ports=replace(ports, runs=broken(Unavailable("secret-host"))),
    )
    response = owner.post("/v1/retrains")
    is_problem(response, 503, "unavailable")
    assert int(response.headers["retry-after"]) > 0
    assert "secret-host" not in response.text
    assert queue.run_ids == []


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"reason": "x" * 201}, "body.reason"),
        ({"reason": 7}, "body.reason"),
        ({"seed": 7}, "body.seed"),
        (["reason"], "body"),
    ],
)
def test_a_body_that_means_nothing_is_refused_and_its_place_is_named(
    owner: TestClient, queue: Any, is_problem: Callable[..., Any], body: object, where: str
) -> None:
    problem = is_problem(owner.post("/v1/retrains", json=body), 422, "invalid-request")
    assert [mistake["where"] for mistake in problem["errors"]] == [where]
    assert queue.run_ids == []


def test_a_body_that_is_no_json_is_refused(
    owner: TestClient, queue: Any, is_problem: Callable[..., Any]
) -> None:
    response = owner.post(
        "/v1/retrains", content=b"{reason", headers={"Content-Type": "application/json"}
    )
    is_problem(response, 422, "invalid-request")
    assert queue.run_ids == []


@pytest.mark.parametrize("key", ["", "x" * 201])
def test_an_empty_or_endless_key_is_refused(
    owner: TestClient, queue: Any, is_problem: Callable[..., Any], key: str
) -> None:
    is_problem(owner.post("/v1/retrains", headers={"Idempotency-Key": key}), 422, "invalid-request")
    assert queue.run_ids == []


def test_an_unknown_run_is_not_found(owner: TestClient, is_problem: Callable[..., Any]) -> None:
    is_problem(owner.get("/v1/retrains/run-none"), 404, "not-found")


@pytest.mark.parametrize("run_id", ["__all__", "%2e%2e", "run%20one", "x" * 101])
def test_an_id_that_no_run_can_have_never_reaches_firestore(
    connect: Callable[..., TestClient],
    ports: Ports,
    broken: Callable[[Exception], Any],
    is_problem: Callable[..., Any],
    run_id: str,
) -> None:
    owner = connect(
        {"X-API-Key": "an-api-key-for-tests"}, ports=replace(ports, runs=broken(AssertionError()))
    )
    assert owner.get(f"/v1/retrains/{run_id}").status_code in {404, 422}


@pytest.mark.parametrize("limit", ["0", "-1", "201", "many"])
def test_a_limit_out_of_bounds_is_refused(
    owner: TestClient, is_problem: Callable[..., Any], limit: str
) -> None:
    is_problem(owner.get("/v1/retrains", params={"limit": limit}), 422, "invalid-request")


def test_a_retrain_is_accepted_recorded_and_queued(
    owner: TestClient, ports: Ports, queue: Any
) -> None:
    response = owner.post("/v1/retrains", json={"reason": "300 new cats"})
    assert response.status_code == 202
    run = response.json()
    assert response.headers["location"] == f"/v1/retrains/{run['id']}"
    assert (run["state"], run["trigger"], run["requestedBy"]) == ("requested", "person", "api-key")
    assert queue.run_ids == [run["id"]]
    assert ports.runs.get(run["id"]).id == run["id"]
    assert owner.get(response.headers["location"]).json() == run


def test_an_admin_is_recorded_by_uid(stranger: TestClient) -> None:
    run = stranger.post("/v1/retrains", headers={"Authorization": "Bearer admin-token"}).json()
    assert run["requestedBy"] == "ada"


def test_the_same_key_is_the_same_run_while_it_goes_and_after(
    owner: TestClient, queue: Any, ports: Ports, finish: Callable[[str], Run]
) -> None:
    first = owner.post("/v1/retrains", headers={"Idempotency-Key": "friday"})
    again = owner.post("/v1/retrains", headers={"Idempotency-Key": "friday"})
    finish(first.json()["id"])
    queue.run_ids.clear()
    after = owner.post("/v1/retrains", headers={"Idempotency-Key": "friday"})
    assert [each.status_code for each in (first, again, after)] == [202, 202, 202]
    assert first.json()["id"] == again.json()["id"] == after.json()["id"]
    assert after.json()["state"] == "promoted"
    assert queue.run_ids == []
    assert len(ports.runs.list()) == 1


def test_callers_with_the_same_key_at_the_same_time_get_the_same_run(
    owner: TestClient, ports: Ports
) -> None:
    with ThreadPoolExecutor(8) as crowd:
        answers = list(
            crowd.map(
                lambda _: owner.post("/v1/retrains", headers={"Idempotency-Key": "all"}), range(8)
            )
        )
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == len(ports.runs.list()) == 1


def test_callers_without_a_key_at_the_same_time_get_one_run_and_its_id(
    owner: TestClient, ports: Ports
) -> None:
    with ThreadPoolExecutor(8) as crowd:
        answers = list(crowd.map(lambda _: owner.post("/v1/retrains"), range(8)))
    assert sorted(answer.status_code for answer in answers) == [202] + [409] * 7
    [run] = ports.runs.list()
    assert {answer.json().get("runId", run.id) for answer in answers} == {run.id}


def test_runs_are_listed_newest_first_up_to_the_limit(
    owner: TestClient, finish: Callable[[str], Run]
) -> None:
    made = []
    for _ in range(3):
        made.append(owner.post("/v1/retrains").json()["id"])
        finish(made[-1])
    assert all(re.fullmatch(r"run-\d{8}T\d{6}-[0-9a-f]{8}", run_id) for run_id in made)
    assert [run["id"] for run in owner.get("/v1/retrains").json()["runs"]] == made[::-1]
    assert [run["id"] for run in owner.get("/v1/retrains?limit=1").json()["runs"]] == made[-1:]


def test_the_same_key_gets_the_run_as_it_is_now_and_says_so(
    owner: TestClient, finish: Callable[[str], Run]
) -> None:
    key = {"Idempotency-Key": "friday"}
    first = owner.post("/v1/retrains", headers=key, json={"reason": "new cats"})
    finish(first.json()["id"])
    again = owner.post("/v1/retrains", headers=key, json={"reason": "new cats"})
    assert (again.json()["id"], again.json()["state"]) == (first.json()["id"], "promoted")
    replayed = [answer.headers.get("idempotency-replayed") for answer in (first, again)]
    assert replayed == [None, "true"]


@pytest.mark.parametrize("path", ["/v1/retrains", "/v1/baselines"])
def test_the_same_key_with_another_reason_is_refused(
    owner: TestClient, is_problem: Callable[..., Any], path: str
) -> None:
    key = {"Idempotency-Key": "friday"}
    owner.post(path, headers=key, json={"reason": "new cats"})
    for body in ({"reason": "other"}, None):
        is_problem(owner.post(path, headers=key, json=body), 422, "idempotency-mismatch")


def test_equal_keys_of_two_owners_are_two_runs(
    owner: TestClient, connect: Callable[..., TestClient], finish: Callable[[str], Run]
) -> None:
    key = {"Idempotency-Key": "friday"}
    mine = owner.post("/v1/retrains", headers=key).json()["id"]
    finish(mine)
    ada = connect({"Authorization": "Bearer admin-token"})
    assert ada.post("/v1/retrains", headers=key).json()["id"] != mine
