"""New baselines are requested as retrains are, and take the same slot."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from pipeline.ports import Ports
from pipeline.records.runs import Run, RunKind


def test_a_new_baseline_is_accepted_recorded_and_queued(
    owner: TestClient, ports: Ports, queue: Any
) -> None:
    response = owner.post("/v1/baselines", json={"reason": "13,000 answers", "recipe": "best"})
    assert response.status_code == 202
    run = response.json()
    assert (run["kind"], run["recipe"], run["purpose"]) == ("baseline", "best", "13,000 answers")
    assert response.headers["location"] == f"/v1/retrains/{run['id']}"
    assert owner.get(response.headers["location"]).json() == run
    assert queue.run_ids == [run["id"]]
    assert ports.runs.get(run["id"]).kind is RunKind.BASELINE


def test_without_a_body_the_setting_decides_on_the_recipe(owner: TestClient, ports: Ports) -> None:
    run = owner.post("/v1/baselines").json()
    assert (run["kind"], ports.runs.get(run["id"]).recipe) == ("baseline", None)


@pytest.mark.parametrize("first", ["/v1/retrains", "/v1/baselines"])
@pytest.mark.parametrize("second", ["/v1/retrains", "/v1/baselines"])
def test_while_a_run_of_either_kind_is_going_no_other_begins(
    owner: TestClient, is_problem: Callable[..., Any], first: str, second: str
) -> None:
    going = owner.post(first).json()["id"]
    assert is_problem(owner.post(second), 409, "run-in-progress")["runId"] == going


def test_the_same_key_is_the_same_run_of_its_kind(
    owner: TestClient, ports: Ports, finish: Callable[[str], Run]
) -> None:
    key = {"Idempotency-Key": "friday"}
    made = owner.post("/v1/baselines", headers=key).json()["id"]
    assert owner.post("/v1/baselines", headers=key).json()["id"] == made
    finish(made)
    assert owner.post("/v1/baselines", headers=key).json()["state"] == "promoted"
    retrain = owner.post("/v1/retrains", headers=key).json()
    assert (retrain["kind"], retrain["state"]) == ("retrain", "requested")
    assert len(ports.runs.list()) == 2


@pytest.mark.parametrize("recipe", ["plain", "", 7, "BEST"])
def test_a_recipe_that_no_baseline_is_trained_by_is_refused(
    owner: TestClient, queue: Any, is_problem: Callable[..., Any], recipe: object
) -> None:
    problem = is_problem(
        owner.post("/v1/baselines", json={"recipe": recipe}), 422, "invalid-request"
    )
    assert [mistake["where"] for mistake in problem["errors"]] == ["body.recipe"]
    assert queue.run_ids == []


def test_when_redis_is_down_the_answer_says_that_the_run_is_recorded(
    owner: TestClient, queue: Any, ports: Ports, is_problem: Callable[..., Any]
) -> None:
    queue.down = True
    problem = is_problem(owner.post("/v1/baselines"), 503, "not-queued")
    assert ports.runs.get(problem["runId"]).kind is RunKind.BASELINE


def test_a_retrain_says_that_it_is_one(owner: TestClient) -> None:
    assert owner.post("/v1/retrains").json()["kind"] == "retrain"


def test_a_player_may_not_request_one(
    stranger: TestClient, queue: Any, is_problem: Callable[..., Any]
) -> None:
    answer = stranger.post("/v1/baselines", headers={"Authorization": "Bearer player-token"})
    is_problem(answer, 403, "not-owner")
    assert queue.run_ids == []
