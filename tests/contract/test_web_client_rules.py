"""What redraw.js sends passes firestore.rules, as Google's emulator evaluates them."""

import uuid
from contextlib import closing
from typing import Any

import pytest

from tests._official import official_only
from tests.clients._node import ask_node, needs_node
from tests.contract.firestore._client import connect
from tests.contract.test_firestore_rules import token

pytestmark = [official_only, needs_node, pytest.mark.slow]

FIELDS: dict[str, Any] = {
    "drawingId": "d1",
    "sessionId": "session-1",
    "originalPrediction": "sun",
    "correctedLabel": "cat",
    "confidence": 1,
    "userId": "ann",
    "modelVersion": "v1.0.0",
    "imageStoragePath": "drawings/corrections/d1.png",
    "status": "pending",
    "asked": "audit",
    "askedChance": 0.1,
    "strokes": [{"x": [1, 2.5], "y": [3, 4]}],
}


def test_a_player_s_correction_is_taken_once_and_nobody_else_s(official: str) -> None:
    project = f"demo-{uuid.uuid4().hex}"
    question = {
        "firestore": f"http://{official}",
        "project": project,
        "token": token(project, "ann"),
        "tries": [
            ("d1", FIELDS),
            ("d1", FIELDS | {"correctedLabel": "dog"}),  # "dog" is no class
            ("d1", FIELDS),
            ("d2", FIELDS | {"userId": "bob"}),
        ],
    }
    first, *others = ask_node("send.mjs", question)
    assert first is None
    # A repetition is refused, or answered with "exists": both count as arrived after a lost answer.
    assert set(others) <= {"refused", None}
    assert others[0] == others[2] == "refused"
    with closing(connect(official, project)) as client:
        found = {each.id: each.to_dict() for each in client.collection("corrections").stream()}
    assert list(found) == ["d1"]
    assert found["d1"].pop("timestamp") is not None
    assert found["d1"] == FIELDS
