"""Pending corrections, and outcomes of a run that settles them."""

from datetime import UTC, datetime
from typing import Any

from pipeline.ports import CorrectionSource
from pipeline.records.corrections import CorrectionState, Retraining

NOW = datetime(2026, 3, 4, 5, 6, 7, 891000, UTC)
HOSTILE: dict[str, Any] = {
    "status": "pending",
    "correctedLabel": {"$ne": None},
    "imageStoragePath": "../../etc/passwd",
    "userId": 7,
    "confidence": float("inf"),
    "timestamp": "yesterday",
    "retraining": ["mine"],
    "a.b": "dotted",
    "`": "\u0000 \U0001f600 \u202e",
    "nested": {"list": [1, {"deep": [True]}], "bytes": b"\xff"},
}
LIMIT = 1_048_300  # characters that the largest field of a document can have, nearly


def pending(number: int = 0) -> dict[str, Any]:
    return {"status": "pending", "correctedLabel": "cat", "n": number, "timestamp": NOW}


def outcome(state: CorrectionState = CorrectionState.MERGED, **more: Any) -> Retraining:
    fields = {
        "reason": "trusted",
        "explanation": "It looks like a cat.",
        "run_id": "run-1",
        "at": NOW,
    }
    return Retraining(state=state, **{**fields, **more})


def ids(corrections: CorrectionSource) -> list[str]:
    return [document.id for document in corrections.pending()]
