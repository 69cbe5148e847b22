"""The settings of a game that knows nothing of Redraw and writes its documents its own way."""

from typing import Any

GAME: dict[str, Any] = {
    "collection": "user_drawings",
    "fields": {
        "correctedLabel": "targetCategory",
        "originalPrediction": "aiPrediction",
        "confidence": "aiConfidence",
        "timestamp": "createdAt",
        "modelVersion": "model.version",
        "imageData": "canvas",
    },
    "labels": {"smiley": "smiley_face", "Plane": "airplane"},
    "new": {"usedForTraining": False},
    "merged": {"usedForTraining": True},
    "without_player": "each",
}
