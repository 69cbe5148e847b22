"""An owner has a player forgotten, or looks at what that would delete."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from pipeline.errors import Unavailable
from pipeline.ports import Ports
from pipeline.records.runs import RunKind
from pipeline.settings import Settings
from tests.api._answers import PIA

ANN = "/v1/players/ann"


def send(ports: Any, name: str, user: Any, **more: Any) -> None:
    ports.corrections.documents[name] = {"userId": user, "status": "pending", **more}


def test_a_run_is_recorded_and_queued_and_does_not_say_who_it_is_about(
    owner: TestClient, ports: Ports, queue: Any
) -> None:
    response = owner.delete(ANN)
    assert response.status_code == 202
    run = response.json()
    assert (run["kind"], run["state"]) == ("forget", "requested")
    assert response.headers["location"] == f"/v1/retrains/{run['id']}"
    assert owner.get(response.headers["location"]).json() == run
    assert queue.run_ids == [run["id"]]
    assert "ann" not in response.text
    assert ports.runs.player_of(run["id"]).player_id == "ann"
    assert ports.runs.get(run["id"]).kind is RunKind.FORGET


@pytest.mark.parametrize("spelled", ["a%2Fb", "a/b", "%C3%A9", "%20ann%20", "7"])
def test_any_id_of_a_player_can_be_written_into_the_path(
    owner: TestClient, ports: Ports, spelled: str
) -> None:
    run = owner.delete(f"/v1/players/{spelled}").json()
    known = {"a%2Fb": "a/b", "%C3%A9": "é", "%20ann%20": "ann"}
    assert ports.runs.player_of(run["id"]).player_id == known.get(spelled, spelled)


def test_while_another_run_is_going_none_begins_and_nobody_is_remembered(
    owner: TestClient, ports: Any, is_problem: Callable[..., Any]
) -> None:
    going = owner.post("/v1/retrains").json()["id"]
    assert is_problem(owner.delete(ANN), 409, "run-in-progress")["runId"] == going
    assert ports.runs.forget_requests == {}


def test_what_can_be_no_id_is_refused(owner: TestClient, is_problem: Callable[..., Any]) -> None:
    for player in ("%20", "x" * 1501, "%00"):
        is_problem(owner.delete(f"/v1/players/{player}"), 422, "invalid-request")
        is_problem(owner.get(f"/v1/players/{player}/preview"), 422, "invalid-request")


def test_a_preview_counts_and_changes_nothing(owner: TestClient, ports: Any) -> None:
    send(ports, "a", "ann", imageStoragePath="drawings/corrections/a.png")
    send(ports, "b", " ann ", imageStoragePath="drawings/corrections/b.png")
    send(ports, "c", "ben", imageStoragePath="drawings/corrections/c.png")
    ports.artefacts.objects["drawings/corrections/a.png"] = b"canvas"
    before = dict(ports.corrections.documents)
    first = owner.get(f"{ANN}/preview")
    assert first.status_code == 200
    counts = first.json()
    assert (counts["documents"], counts["canvases"], counts["rows"]) == (2, 1, 0)
    assert owner.delete(ANN, params={"preview": "true"}).json() == counts
    assert ports.corrections.documents == before
    assert ports.runs.list() == []
    assert owner.get("/v1/players/unknown/preview").json()["documents"] == 0


@pytest.fixture
def pia(connect: Callable[..., TestClient], settings: Settings) -> TestClient:
    """A player, where players may have themselves forgotten."""
    return connect(PIA, settings=settings.with_changes(forget={"by_players": True}))


def test_a_player_is_forgotten_on_request_where_the_owner_allows_it_and_no_other_player(
    pia: TestClient, ports: Ports, queue: Any, is_problem: Callable[..., Any]
) -> None:
    is_problem(pia.delete(ANN), 403, "not-owner")
    is_problem(pia.delete("/v1/players/PIA"), 403, "not-owner")
    assert queue.run_ids == []
    answer = pia.delete("/v1/players/pia")
    assert answer.status_code == 202
    assert "pia" not in answer.text
    assert answer.json()["requestedBy"] == "player"
    assert ports.runs.player_of(queue.run_ids[0]).player_id == "pia"


def test_by_default_players_have_to_ask_the_owner(
    connect: Callable[..., TestClient], queue: Any, is_problem: Callable[..., Any]
) -> None:
    is_problem(connect(PIA).delete("/v1/players/pia"), 403, "not-owner")
    assert queue.run_ids == []


def test_a_player_gets_no_preview_and_does_not_learn_which_run_is_under_way(
    pia: TestClient, owner: TestClient, is_problem: Callable[..., Any]
) -> None:
    is_problem(pia.get("/v1/players/pia/preview"), 403, "not-owner")
    is_problem(pia.delete("/v1/players/pia", params={"preview": "true"}), 403, "not-owner")
    owner.post("/v1/retrains")
    answer = pia.delete("/v1/players/pia")
    assert "runId" not in is_problem(answer, 409, "run-in-progress")
    assert int(answer.headers["retry-after"]) > 0


def test_the_log_never_names_a_player(
    owner: TestClient, ports: Any, caplog: pytest.LogCaptureFixture, monkeypatch: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    owner.delete(ANN)

    def away() -> Any:
        raise Unavailable("Firestore is away")

    monkeypatch.setattr(ports.corrections, "owners", away)
    assert owner.get("/v1/players/ann-who-plays/preview").status_code == 503
    said = [record.getMessage() for record in caplog.records if record.name != "httpx"]
    assert any("/v1/players" in line for line in said)
    assert not [line for line in said if "ann" in line]
