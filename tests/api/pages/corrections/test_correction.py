"""The page of one correction: state, history, decision, player, and what learned from it."""

import re
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from pipeline.corrections.players import hash_player
from pipeline.records.corrections import OwnerAction, OwnerChoice
from pipeline.settings import Settings
from tests.api._corrections import HOSTILE_IDS, Put

PAGE = "/corrections/c1"


def heading(text: str) -> str:
    return re.findall(r"<h1>(.*?)</h1>", text, re.DOTALL)[0]


def test_a_quarantined_one_says_why_it_waits_and_leads_to_the_review(
    signed_in: TestClient, put: Put, settings: Settings
) -> None:
    put()
    text = signed_in.get(PAGE).text
    player = hash_player("pia@example.org", settings.player_key.get_secret_value().encode())
    assert heading(text) == "It waits for your decision"
    assert "It fits no class." in text
    for address in (
        "/review/c1",
        "/runs/run-1",
        "/versions/v1.0.0",
        f"/players/{player}?of=c1",
    ):
        assert f'href="{address}"' in text
    assert "pia@" not in text
    assert "s-secret" not in text


@pytest.mark.parametrize(
    ("status", "reason", "words", "may_decide"),
    [
        ("pending", None, "It waits for the next run", False),
        ("refused", "blank", "It is not used", False),
        ("refused", "owner", "It is not used", True),
        ("merged", "merged", "It is in the data set", False),
        (None, None, "No run has read it yet", False),
        ("new", None, "It is left alone: Redraw does not know its status", False),
    ],
)
def test_each_state_is_said_in_words(
    signed_in: TestClient,
    put: Put,
    *,
    status: str | None,
    reason: str | None,
    words: str,
    may_decide: bool,
) -> None:
    put(status=status, retraining={"reason": reason} if reason else None)
    text = signed_in.get(PAGE).text
    assert heading(text) == words
    assert ("/review/c1" in text) is may_decide


def test_a_decision_is_part_of_the_history(signed_in: TestClient, put: Put, ports: Any) -> None:
    put()
    choice = OwnerChoice(action=OwnerAction.RELABEL, label="smiley_face")
    ports.corrections.decide("c1", choice, "api-key")
    text = signed_in.get(PAGE).text
    assert heading(text) == "The next run follows your decision"
    assert "Given the class smiley face by the API key" in text
    assert "held because: resembles none of the classes" in text


def test_one_that_is_refused_for_a_cause_leads_to_all_of_them(
    signed_in: TestClient, put: Put
) -> None:
    put(status="refused", retraining={"reason": "missing_image"})
    assert 'href="/corrections?state=refused&amp;reason=missing_image"' in signed_in.get(PAGE).text


@pytest.mark.parametrize(
    "changes",
    [
        {"retraining": {"reason": "<i>", "explanation": "<script>", "runId": "../..", "at": 1}},
        {"correctedLabel": None, "originalPrediction": ["x"], "confidence": "high"},
        {"userId": {"a": 1}, "modelVersion": "<b>", "timestamp": "yesterday"},
        {"userId": None, "retraining": "mine", "status": ["quarantined"]},
    ],
)
def test_a_hostile_document_is_shown_safely(
    signed_in: TestClient, put: Put, changes: dict[str, Any]
) -> None:
    put(**changes)
    answer = signed_in.get(PAGE)
    assert answer.status_code == 200
    assert not re.search(r"<i>|<script>|\"/versions/&lt;|<b><", answer.text)


@pytest.mark.parametrize("name", HOSTILE_IDS[:3])
def test_any_id_has_a_page(signed_in: TestClient, put: Put, name: str) -> None:
    put(name)
    assert signed_in.get(f"/corrections/{quote(name, safe='')}").status_code == 200


def test_an_unknown_one_is_not_found(signed_in: TestClient) -> None:
    assert signed_in.get("/corrections/gone").status_code == 404
