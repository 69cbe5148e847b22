"""POST /v1/corrections/{id}/decision: the owner decides on a quarantined correction."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from pipeline.ports import Ports
from pipeline.records.corrections import CorrectionState, Retraining
from tests.api._corrections import CANVAS, HOSTILE_IDS, NOW, PATH, Put, url


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        {"action": "delete"},
        {"action": "relabel"},
        {"action": "relabel", "label": "unicorn"},
        {"action": "relabel", "label": ["cat"]},
        {"action": "accept", "label": "cat"},
        {"action": "refuse", "label": "cat"},
        {"action": "accept", "by": "another owner"},
        {"action": "accept", "correctionId": "c2"},
    ],
    ids=str,
)
def test_a_decision_that_makes_no_sense_is_refused(
    owner: TestClient, ports: Ports, put: Put, is_problem: Callable[..., Any], body: Any
) -> None:
    put()
    is_problem(owner.post("/v1/corrections/c1/decision", json=body), 422, "invalid-request")
    assert ports.corrections.decisions(["c1"]) == {}


@pytest.mark.parametrize(
    ("status", "reason"), [("pending", None), ("merged", "merged"), ("refused", "blank")]
)
def test_what_waits_for_no_decision_says_what_it_is(
    owner: TestClient, put: Put, is_problem: Callable[..., Any], status: str, reason: str | None
) -> None:
    put(status=status, retraining={"reason": reason})
    problem = is_problem(
        owner.post("/v1/corrections/c1/decision", json={"action": "accept"}), 409, "not-quarantined"
    )
    assert (problem["state"], f"is {status}" in problem["detail"]) == (status, True)


def test_another_decision_after_the_merge_is_a_conflict_and_the_same_one_is_not(
    owner: TestClient, ports: Ports, put: Put, is_problem: Callable[..., Any]
) -> None:
    put()
    accept = owner.post("/v1/corrections/c1/decision", json={"action": "accept"})
    merged = Retraining(
        state=CorrectionState.MERGED, reason="merged", explanation="", run_id="run-2", at=NOW
    )
    ports.corrections.settle({"c1": merged})
    assert (
        owner.post("/v1/corrections/c1/decision", json={"action": "accept"}).content
        == accept.content
    )
    problem = is_problem(
        owner.post("/v1/corrections/c1/decision", json={"action": "refuse"}), 409, "not-quarantined"
    )
    assert problem["state"] == "merged"


@pytest.mark.parametrize("name", HOSTILE_IDS)
def test_whatever_its_id_a_correction_is_listed_looked_at_and_decided_on(
    owner: TestClient, ports: Any, put: Put, name: str
) -> None:
    put(name)
    ports.artefacts.objects[PATH] = CANVAS
    [listed] = owner.get("/v1/corrections").json()["corrections"]
    assert listed["id"] == name
    assert owner.get(url(name)).json() == {**listed, "merged": None}
    assert owner.get(url(name, "/drawing")).status_code == 200
    decision = owner.post(
        url(name, "/decision"), json={"action": "relabel", "label": "fish"}
    ).json()
    assert (decision["correctionId"], decision["label"], decision["by"]) == (
        name,
        "fish",
        "api-key",
    )
    assert owner.get(url(name)).json()["decision"] == decision


@pytest.mark.parametrize(
    ("action", "status"),
    [({"action": "accept"}, "pending"), ({"action": "refuse"}, "refused")],
    ids=["accept", "refuse"],
)
def test_a_decision_is_recorded_with_who_and_when(
    stranger: TestClient,
    put: Put,
    action: dict[str, str],
    status: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    put()
    headers = {"Authorization": "Bearer admin-token"}
    with caplog.at_level(logging.INFO):
        response = stranger.post("/v1/corrections/c1/decision", json=action, headers=headers)
    decision = response.json()
    assert (decision["by"], decision["action"], decision["label"], decision["heldFor"]) == (
        "ada",
        action["action"],
        None,
        "no_class",
    )
    assert abs((datetime.fromisoformat(decision["at"]) - datetime.now(UTC)).total_seconds()) < 60
    after = stranger.get("/v1/corrections/c1", headers=headers).json()
    assert (after["state"], after["decision"]) == (status, decision)
    again = stranger.post("/v1/corrections/c1/decision", json=action, headers=headers)
    assert again.json() == decision


@pytest.mark.parametrize("name", HOSTILE_IDS)
def test_a_decision_is_taken_back_and_the_correction_waits_again(
    owner: TestClient, put: Put, name: str
) -> None:
    put(name)
    owner.post(url(name, "/decision"), json={"action": "refuse"})
    taken_back = owner.delete(url(name, "/decision"))
    assert taken_back.status_code == 200
    shown = taken_back.json()
    assert (shown["state"], shown["reason"], shown["explanation"], shown["decision"]) == (
        "quarantined",
        "no_class",
        "It fits no class.",
        None,
    )
    assert owner.delete(url(name, "/decision")).json() == shown


def test_what_a_run_has_merged_is_not_taken_back(
    owner: TestClient, ports: Ports, put: Put, is_problem: Callable[..., Any]
) -> None:
    put()
    owner.post("/v1/corrections/c1/decision", json={"action": "accept"})
    merged = Retraining(
        state=CorrectionState.MERGED, reason="merged", explanation="", run_id="run-2", at=NOW
    )
    ports.corrections.settle({"c1": merged})
    problem = is_problem(owner.delete("/v1/corrections/c1/decision"), 409, "not-quarantined")
    assert problem["state"] == "merged"


def test_no_decision_is_taken_back_on_what_is_not_there(
    owner: TestClient, is_problem: Callable[..., Any]
) -> None:
    is_problem(owner.delete("/v1/corrections/c1/decision"), 404, "not-found")
