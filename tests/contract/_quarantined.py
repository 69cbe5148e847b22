"""Quarantined corrections, the owner's choices, and outcomes of a run."""

from datetime import UTC, datetime
from typing import Any

from pipeline.records.corrections import (
    CorrectionState,
    OwnerAction,
    OwnerChoice,
    Retraining,
    Verdict,
)

NOW = datetime(2026, 3, 4, 5, 6, 7, 891000, UTC)
QUARANTINED = CorrectionState.QUARANTINED
ACCEPT, REFUSE = OwnerChoice(action=OwnerAction.ACCEPT), OwnerChoice(action=OwnerAction.REFUSE)
AS_FISH = OwnerChoice(action=OwnerAction.RELABEL, label="fish")
HOSTILE_IDS = [
    "é" * 750,
    "a b",
    "<script>alert(1)</script>".replace("/", "|"),
    "%2F..%00",
    "\u202e\x1b[2J\n",
    "__x",
    "...",
    "'; drop --",
    "\U0001f600",
    "`a.b`",
]


def quarantined(reason: Any = "no_class", **more: Any) -> dict[str, Any]:
    fields = {
        "state": "quarantined",
        "reason": reason,
        "explanation": "It fits no class.",
        "runId": "run-1",
        "at": NOW,
    }
    return {
        "status": "quarantined",
        "correctedLabel": "cat",
        "timestamp": NOW,
        "retraining": fields,
        **more,
    }


def outcome(state: CorrectionState, reason: str = "because") -> Retraining:
    return Retraining(state=state, reason=reason, explanation="So it is.", run_id="run-2", at=NOW)


def settled(verdict: Verdict) -> Retraining:
    return Retraining(**verdict.model_dump(), run_id="run-2", at=NOW)
