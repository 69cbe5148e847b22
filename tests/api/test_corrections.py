"""GET /v1/corrections: players' hostile documents are listed safely, page by page."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from pipeline.errors import Unavailable
from pipeline.ports import Ports
from tests.api._corrections import HOSTILE_IDS, Put, url


def test_an_unknown_correction_is_not_found(
    owner: TestClient, is_problem: Callable[..., Any]
) -> None:
    is_problem(owner.get("/v1/corrections/c9"), 404, "not-found")
    is_problem(owner.get("/v1/corrections/c9/drawing"), 404, "not-found")
    is_problem(
        owner.post("/v1/corrections/c9/decision", json={"action": "accept"}), 404, "not-found"
    )


@pytest.mark.parametrize(
    "query",
    ["state=quarantine", "reason=%27", "limit=0", "limit=201", "limit=x", "run=%2e%2e"],
    ids=str,
)
def test_a_question_that_makes_no_sense_is_refused(
    owner: TestClient, is_problem: Callable[..., Any], query: str
) -> None:
    is_problem(owner.get(f"/v1/corrections?{query}"), 422, "invalid-request")


CALLS: dict[str, Callable[[TestClient], Any]] = {
    "find": lambda owner: owner.get("/v1/corrections"),
    "get": lambda owner: owner.get("/v1/corrections/c1/drawing"),
    "decide": lambda owner: owner.post("/v1/corrections/c1/decision", json={"action": "accept"}),
    "decisions": lambda owner: owner.get("/v1/corrections/c1"),
}


@pytest.mark.parametrize(("method", "call"), CALLS.items(), ids=CALLS)
def test_while_firestore_is_down_every_route_says_so(
    owner: TestClient,
    ports: Ports,
    put: Put,
    is_problem: Callable[..., Any],
    *,
    method: str,
    call: Callable[..., Any],
) -> None:
    put()

    def fail(*_: Any, **__: Any) -> None:
        raise Unavailable("secret-host:443 refused")

    setattr(ports.corrections, method, fail)
    response = call(owner)
    is_problem(response, 503, "unavailable")
    assert "secret-host" not in response.text


def test_an_id_that_looks_percent_encoded_is_decoded_once(owner: TestClient, put: Put) -> None:
    put("%2F%41")

    async def ask() -> httpx.Response:  # Starlette's TestClient would decode it twice
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(owner.app), base_url="http://redraw"
        ) as client:
            return await client.get(url("%2F%41"), headers={"X-API-Key": "an-api-key-for-tests"})

    assert asyncio.run(ask()).json()["id"] == "%2F%41"


@pytest.mark.parametrize(
    "changes",
    [
        {
            "correctedLabel": 7,
            "originalPrediction": ["sun"],
            "confidence": "high",
            "timestamp": "yesterday",
        },
        {
            "correctedLabel": "x" * 10**6,
            "originalPrediction": "\u202e\x1b[2J",
            "confidence": float("nan"),
        },
        {"confidence": True, "modelVersion": {"a": 1}, "timestamp": None},
        {"retraining": ["mine"]},
        {"retraining": {"reason": 7, "explanation": "x" * 10**6, "runId": None, "at": "now"}},
        {"retraining": None, "imageStoragePath": None, "n": b"\xff", "confidence": 10**400},
    ],
    ids=",".join,
)
def test_a_hostile_document_is_listed_with_what_can_be_shown_and_hides_no_other(
    owner: TestClient, put: Put, changes: dict[str, Any]
) -> None:
    put("a", **changes)
    put("b")
    response = owner.get("/v1/corrections")
    assert [each["id"] for each in response.json()["corrections"]] == ["a", "b"]
    assert len(response.content) < 3_000
    assert "\u202e" not in response.text


def test_a_listing_says_what_an_owner_needs_and_not_who_drew_it(
    owner: TestClient, put: Put
) -> None:
    put()
    response = owner.get("/v1/corrections")
    assert response.json() == {
        "corrections": [
            {
                "id": "c1",
                "correctedLabel": "cat",
                "originalPrediction": "sun",
                "confidence": 0.5,
                "modelVersion": "v1.0.0",
                "timestamp": "2026-03-04T05:06:07Z",
                "state": "quarantined",
                "reason": "no_class",
                "explanation": "It fits no class.",
                "runId": "run-1",
                "at": "2026-03-04T05:06:07Z",
                "decision": None,
            }
        ],
        "next": None,
    }
    assert "pia@example.org" not in response.text
    assert "s-secret" not in response.text


def test_pages_lead_from_one_to_the_next_until_there_is_none(owner: TestClient, put: Put) -> None:
    for name in HOSTILE_IDS:
        put(name)
    seen, question = [], {"limit": "4"}
    while True:
        page = owner.get("/v1/corrections", params=question).json()
        seen += [each["id"] for each in page["corrections"]]
        if page["next"] is None:
            break
        question["after"] = page["next"]
    assert seen == sorted(HOSTILE_IDS)


def test_a_listing_is_of_one_state_and_of_one_reason_if_asked(owner: TestClient, put: Put) -> None:
    put("a")
    put("b", retraining={"reason": "flood"})
    put("c", status="merged")
    put("d", status=None)

    def ids(query: str) -> list[str]:
        return [each["id"] for each in owner.get(f"/v1/corrections{query}").json()["corrections"]]

    assert ids("") == ids("?state=quarantined") == ["a", "b"]
    assert ids("?reason=flood") == ["b"]
    assert ids("?state=merged") == ["c"]
    assert owner.get("/v1/corrections/d").json()["state"] is None


def test_the_answers_are_json_whatever_is_in_them(owner: TestClient, put: Put) -> None:
    put("</script>", correctedLabel="</script>\ud800")
    assert json.loads(owner.get("/v1/corrections").content)["corrections"][0]["id"] == "</script>"
