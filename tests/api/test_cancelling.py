"""Owners cancel a run over HTTP."""

from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from pipeline.records.runs import Run, RunKind, RunState

PATH = "/v1/retrains/run-1/cancel"


@pytest.fixture
def requested(ports: Any) -> Run:
    run: Run = ports.runs.request(Run(id="run-1", requested_at=datetime.now(UTC)))
    return run


@pytest.mark.usefixtures("requested")
def test_a_run_that_no_worker_executes_ends_at_once_and_the_next_one_may_come(
    owner: TestClient,
) -> None:
    run = owner.post(PATH).json()
    assert (run["state"], run["reason"]) == ("cancelled", "cancelled by api-key")
    assert owner.post(PATH).json() == run
    assert owner.post("/v1/retrains").status_code == 202


@pytest.mark.usefixtures("requested")
def test_the_worker_of_a_run_is_told_and_the_answer_says_since_when(
    owner: TestClient, connect: Any, ports: Any
) -> None:
    ports.runs.claim("run-1", "worker", 60)
    ada = connect({"Authorization": "Bearer admin-token"})
    run = ada.post(PATH).json()
    assert (run["state"], run["cancelRequestedBy"]) == ("requested", "ada")
    assert run["cancelRequestedAt"] is not None
    assert owner.post(PATH).json()["cancelRequestedAt"] == run["cancelRequestedAt"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"state": RunState.PUBLISHING, "version": "v1.0.1"}, "redraw rollback"),
        ({"state": RunState.PROMOTED, "version": "v1.0.1"}, "redraw rollback"),
        ({"state": RunState.REJECTED}, "ended already: rejected"),
    ],
)
@pytest.mark.usefixtures("requested")
def test_what_comes_too_late_is_refused_and_told_what_to_do(
    owner: TestClient, ports: Any, is_problem: Any, changes: dict[str, Any], says: str
) -> None:
    ports.runs.record(ports.runs.claim("run-1", "worker", 60), changes)
    problem = is_problem(owner.post(PATH), 409, "too-late-to-cancel")
    assert says in problem["detail"]


def test_a_run_that_has_begun_to_forget_a_player_is_not_stopped_halfway(
    owner: TestClient, ports: Any, is_problem: Any
) -> None:
    run = Run(id="run-1", requested_at=datetime.now(UTC), kind=RunKind.FORGET)
    ports.runs.request(run, "ann")
    ports.runs.record(ports.runs.claim("run-1", "worker", 60), {"state": RunState.FORGETTING})
    problem = is_problem(owner.post(PATH), 409, "too-late-to-cancel")
    assert "not stopped halfway" in problem["detail"]


def test_a_run_that_does_not_exist_is_not_found(owner: TestClient, is_problem: Any) -> None:
    is_problem(owner.post(PATH), 404, "not-found")
