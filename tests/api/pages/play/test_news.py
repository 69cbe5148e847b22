"""What the page says became of the drawings that were answered in it."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from pipeline.records.runs import RunState
from pipeline.runs.requests import request_run
from service.dashboard.play.fates import MOST
from tests.api._corrections import NOW, Put
from tests.api.pages.play.conftest import read_field


@pytest.fixture
def put_own(browser: TestClient, put: Put) -> Put:
    """Store a correction that this browser has sent, in a state that a run gave it."""
    player = read_field(browser.get("/play").text, "player")

    def store(name: str, state: str, **retraining: Any) -> None:
        given = {"state": state, "runId": "run-1", "at": NOW, **retraining}
        put(name, userId=player, status=state, retraining=given)

    return store


def ask(browser: TestClient, *ids: str) -> list[dict[str, Any]]:
    answer = browser.get("/play/news", params={"id": ids})
    assert answer.status_code == 200, answer.text
    drawings: list[dict[str, Any]] = answer.json()["drawings"]
    return drawings


def end(ports: Any, state: RunState, version: str | None = None) -> str:
    """Let a run end, and return its id."""
    run = request_run(ports.runs, "api")
    lease = ports.runs.claim(run.id, "worker", 60)
    ports.runs.record(lease, {"state": state, "version": version})
    return str(run.id)


def test_one_that_no_run_has_read_is_pending(browser: TestClient, put_own: Put) -> None:
    put_own("d1", "pending")
    [fate] = ask(browser, "d1")
    assert fate["state"] == "pending"
    assert fate["text"].startswith("Pending")
    assert not fate["final"]


@pytest.mark.parametrize(
    ("end_state", "text"),
    [
        ((RunState.PROMOTED, "v1.0.2"), "Merged in v1.0.2."),
        ((RunState.HELD, "v1.0.2"), "Merged in v1.0.2, which is not released."),
        ((RunState.REJECTED, None), "Merged. Its retrain released nothing; the next one"),
        ((RunState.FITTING, None), "Merged. The retrain goes on."),
    ],
)
def test_of_a_merged_one_it_says_in_which_version(
    browser: TestClient, put_own: Put, ports: Any, end_state: tuple[RunState, str | None], text: str
) -> None:
    put_own("d1", "merged", reason="merged", runId=end(ports, *end_state))
    [fate] = ask(browser, "d1")
    assert fate["text"].startswith(text)
    assert fate["final"] == end_state[0].ended


def test_a_merged_one_is_said_to_be_even_if_its_run_is_lost(
    browser: TestClient, put_own: Put
) -> None:
    put_own("d1", "merged", runId="run-of-long-ago")
    assert ask(browser, "d1")[0]["text"].startswith("Merged: ")


@pytest.mark.parametrize(
    ("state", "begins"), [("quarantined", "Held back."), ("refused", "Not used.")]
)
def test_of_one_that_is_not_used_it_says_why(
    browser: TestClient, put_own: Put, state: str, begins: str
) -> None:
    put_own("d1", state, reason="no_class", explanation="it fits no class")
    put_own("d2", state, reason="no_class")
    put_own("d3", state)
    texts = [fate["text"] for fate in ask(browser, "d1", "d2", "d3")]
    assert texts == [
        f"{begins} It fits no class.",
        f"{begins} No class.",
        f"{begins} The reason is unknown.",
    ]


def test_nothing_is_told_of_another_player_s(browser: TestClient, put: Put) -> None:
    put("theirs", userId="pia")
    put("without-player", userId=None)
    theirs, unnamed, none = ask(browser, "theirs", "without-player", "none")
    assert theirs["state"] is unnamed["state"] is none["state"] is None
    assert theirs["text"] == none["text"]


def test_a_run_that_is_under_way_is_named_until_it_has_ended(
    browser: TestClient, ports: Any, finish: Callable[[str], Any]
) -> None:
    assert browser.get("/play/news").json() == {"drawings": [], "run": None}
    run = request_run(ports.runs, "api")
    assert browser.get("/play/news").json()["run"]["id"] == run.id
    finish(run.id)
    assert browser.get("/play/news").json()["run"] is None


@pytest.mark.parametrize("ids", [["a/b"], ["x" * 200], [f"d{n}" for n in range(MOST + 1)]])
def test_odd_ids_and_too_many_are_refused(
    browser: TestClient, is_problem: Callable[..., Any], ids: list[str]
) -> None:
    is_problem(browser.get("/play/news", params={"id": ids}), 422, "invalid-request")
