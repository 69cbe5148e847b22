"""What redraw.js sends to the service, the service takes, and writes as a game would."""

from typing import Any

import pytest

from pipeline.bootstrap import in_memory
from pipeline.settings import Settings
from service.app import create_app
from tests.api._answers import PNG, STROKES
from tests.api._corrections import CANVAS
from tests.api._server import serving
from tests.clients._node import ask_node, needs_node

pytestmark = needs_node
GUESS = {
    "id": "d1",
    "label": "sun",
    "confidence": 0.61,
    "version": "v1.0.2",
    "ask": {"reason": "margin", "chance": 1},
}


def test_a_correction_is_taken_once_and_refusals_have_their_codes() -> None:
    ports: Any = in_memory()
    settings = Settings(_env_file=None, redis_url="redis://127.0.0.1:1/0")  # type: ignore[call-arg]
    app = create_app(settings, ports, print, lambda token: {"uid": token})
    sent = {"token": "ann", "guess": GUESS, "label": "cat", "strokes": STROKES}
    with serving(app) as port:
        codes = ask_node(
            "answer.mjs",
            {
                "service": f"http://127.0.0.1:{port}",
                "png": PNG,
                "tries": [sent, sent, {**sent, "token": "bob"}, {**sent, "label": "mug"}],
            },
        )
    assert codes == [None, None, "rejected", "rejected"]
    assert ports.artefacts.objects == {"drawings/corrections/d1.png": CANVAS}
    document = ports.corrections.documents["d1"]
    assert document.pop("timestamp")
    assert document == {
        "drawingId": "d1",
        "sessionId": "session-1",
        "originalPrediction": "sun",
        "correctedLabel": "cat",
        "confidence": pytest.approx(0.61),
        "userId": "ann",
        "modelVersion": "v1.0.2",
        "imageStoragePath": "drawings/corrections/d1.png",
        "status": "pending",
        "strokes": STROKES,
        "asked": "margin",
        "askedChance": 1,
    }
