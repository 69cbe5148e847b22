"""GET /v1/corrections and below: players' documents are shown safely, and decided on."""

import asyncio
import io
import json
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import httpx
import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from emulator.players.canvases import blank_png, canvas_png
from emulator.players.sketches import sketch_rows
from pipeline.drawings import normalize_canvas
from pipeline.errors import Unavailable
from pipeline.ports import Ports
from pipeline.records.corrections import CorrectionState, Retraining

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
CANVAS = canvas_png(sketch_rows("cat", 1, 0)[0].reshape(28, 28), np.random.default_rng(0))
PATH = "drawings/corrections/d1.png"
HOSTILE_IDS = [
    "é" * 750,
    "a b?#&",
    "<b>",
    "100%",
    "\n",
    "\u202e\x1b[2J\0",
    "decision",
    "...",
    "-x",
    "~",
    "\U0001f600",
    "c\n",
]
Put = Callable[..., None]


@pytest.fixture
def put(ports: Ports) -> Put:
    """Store a quarantined correction; arguments change its fields."""

    def store(name: str = "c1", **changes: Any) -> None:
        retraining = {
            "state": "quarantined", "reason": "no_class", "explanation": "It fits no class.",
            "runId": "run-1", "at": NOW,
        }  # fmt: skip
        ports.corrections.documents[name] = {  # type: ignore[attr-defined]
            "status": "quarantined", "correctedLabel": "cat", "originalPrediction": "sun",
            "confidence": 0.5, "timestamp": NOW, "userId": "pia@example.org",
            "sessionId": "s-secret", "modelVersion": "v1.0.0", "imageStoragePath": PATH,
            "retraining": retraining, **changes,
        }  # fmt: skip

    return store


def url(name: str, what: str = "") -> str:
    return f"/v1/corrections/{quote(name, safe='')}{what}"


def test_an_unknown_correction_is_not_found(
    owner: TestClient, is_problem: Callable[..., Any]
) -> None:
    is_problem(owner.get("/v1/corrections/c9"), 404, "not-found")
    is_problem(owner.get("/v1/corrections/c9/drawing"), 404, "not-found")
    is_problem(
        owner.post("/v1/corrections/c9/decision", json={"action": "accept"}), 404, "not-found"
    )


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
    assert ports.corrections.decisions() == {}


@pytest.mark.parametrize(
    "query",
    ["state=quarantine", "state=", "reason=%27", "reason=", "limit=0", "limit=201", "limit=x"],
    ids=str,
)
def test_a_question_that_makes_no_sense_is_refused(
    owner: TestClient, is_problem: Callable[..., Any], query: str
) -> None:
    is_problem(owner.get(f"/v1/corrections?{query}"), 422, "invalid-request")


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


def test_while_storage_is_down_a_drawing_is_asked_for_again_later(
    connect: Callable[..., TestClient],
    ports: Ports,
    put: Put,
    is_problem: Callable[..., Any],
    broken: Callable[..., Any],
) -> None:
    put()
    owner = connect(
        {"X-API-Key": "an-api-key-for-tests"},
        ports=replace(ports, artefacts=broken(Unavailable("secret-host:443 refused"))),
    )
    is_problem(owner.get("/v1/corrections/c1/drawing"), 503, "unavailable")


@pytest.mark.parametrize("name", HOSTILE_IDS)
def test_whatever_its_id_a_correction_is_listed_looked_at_and_decided_on(
    owner: TestClient, ports: Any, put: Put, name: str
) -> None:
    put(name)
    ports.artefacts.objects[PATH] = CANVAS
    [listed] = owner.get("/v1/corrections").json()["corrections"]
    assert listed["id"] == name
    assert owner.get(url(name)).json() == listed
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


def test_a_drawing_is_the_normalised_one_and_not_the_player_s_file(
    owner: TestClient, ports: Any, put: Put
) -> None:
    put()
    ports.artefacts.objects[PATH] = CANVAS
    response = owner.get("/v1/corrections/c1/drawing")
    assert response.headers["content-type"] == "image/png"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["cache-control"] == "no-store"
    assert np.array_equal(
        np.array(Image.open(io.BytesIO(response.content))), normalize_canvas(CANVAS)
    )
    assert CANVAS not in response.content


@pytest.mark.parametrize(
    ("canvas", "path"),
    [
        (None, PATH),
        (blank_png(), PATH),
        (b"<svg onload='alert(1)'/>", PATH),
        (CANVAS + bytes(300_000), PATH),
        (CANVAS, "models/production/v1.0.0/manifest.json"),
        (CANVAS, "drawings/corrections/../../d1.png"),
        (CANVAS, f"{PATH}\n"),
        (CANVAS, None),
        (CANVAS, [PATH]),
    ],
    ids=[
        "missing",
        "blank",
        "no image",
        "too large",
        "not a canvas",
        "hostile path",
        "line break",
        "no path",
        "a list",
    ],
)
def test_where_no_drawing_can_be_made_there_is_none(
    owner: TestClient,
    ports: Any,
    put: Put,
    is_problem: Callable[..., Any],
    *,
    canvas: bytes | None,
    path: Any,
) -> None:
    put(imageStoragePath=path)
    if canvas is not None:
        ports.artefacts.objects[path if isinstance(path, str) else PATH] = canvas
    is_problem(owner.get("/v1/corrections/c1/drawing"), 404, "not-found")


def test_the_answers_are_json_whatever_is_in_them(owner: TestClient, put: Put) -> None:
    put("</script>", correctedLabel="</script>\ud800")
    assert json.loads(owner.get("/v1/corrections").content)["corrections"][0]["id"] == "</script>"
