"""A player's answer as a game sends it over HTTP."""

import base64
from typing import Any

from tests.api._corrections import CANVAS

ANSWERS = "/v1/corrections"
PIA = {"Authorization": "Bearer player-token"}
TOM = {"Authorization": "Bearer text-token"}
PNG = base64.b64encode(CANVAS).decode()
STROKES = [{"x": [10, 80, 40.5], "y": [12, 15, 70]}, {"x": [20], "y": [30]}]


def an_answer(**changes: Any) -> dict[str, Any]:
    """What is sent; None leaves a field out."""
    fields = {
        "correctedLabel": "cat",
        "originalPrediction": "sun",
        "confidence": 0.61,
        "modelVersion": "v1.0.2",
        "asked": "margin",
        "askedChance": 1,
        "sessionId": "session-1",
        "drawingId": "d1",
        "canvas": PNG,
        **changes,
    }
    return {name: value for name, value in fields.items() if value is not None}
