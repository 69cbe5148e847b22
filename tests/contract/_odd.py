"""Documents as a person, the game or another version of Redraw leaves them beside Redraw's own."""

from datetime import UTC, datetime
from typing import Any

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
OWN = {
    "status": "ready",
    "runId": "run-7",
    "storagePath": "models/production/v3.0.0",
    "createdAt": NOW,
    "files": [{"path": "models/production/v3.0.0/a.h5", "size": 3, "sha256": "00"}],
}
RUN = {"requestedAt": NOW, "state": "failed", "trigger": "clock"}

FOREIGN_VERSIONS: dict[str, dict[str, Any]] = {
    "empty": {},
    "accuracy alone": {"version": "v1.0.0", "metrics": {"test_accuracy": 0.91}, "active": True},
    "metrics of wrong types": {"metrics": {"accuracy": "high", "loss": float("nan")}},
    "times as text": {"createdAt": "2024-05-06", "active": True, "status": "published"},
    "a time as a number": {"createdAt": 1_714_953_600_000, "version": 1},
    "a status of ours": {"status": "ready", "storagePath": "models/production/v3.0.0"},
    "huge": {"notes": "x" * 400_000},
    "nested": {"metrics": [1, {"a": None}], "storagePath": {"bucket": "b"}},
}
"""What the game published itself: listed, never changed."""

DAMAGED_VERSIONS: dict[str, dict[str, Any]] = {
    "no files": {**OWN, "files": []},
    "files without a digest": {**OWN, "files": [{"path": "a.h5", "size": 3}]},
    "files of a wrong type": {**OWN, "files": "a.h5"},
    "a status of a newer version": {**OWN, "status": "archived"},
    "no run": {key: value for key, value in OWN.items() if key != "runId"},
    "files and nothing else": {"files": []},
    "the id of another": {**OWN, "version": "v3.0.1"},
    "a parent of a wrong type": {**OWN, "parent": 3.5},
}
"""What looks like Redraw's own and cannot be read: named."""

DESCRIBED_BADLY: dict[str, dict[str, Any]] = {
    "metrics of an older version": {**OWN, "metrics": {"test_accuracy": 0.9}},
    "no metrics in the map": {**OWN, "metrics": {}},
    "metrics that are no numbers": {
        **OWN,
        "metrics": {"accuracy": float("nan"), "loss": 1.0, "trainingSamples": 1, "corrections": 0},
    },
    "a gate of a newer version": {**OWN, "gate": {"outcome": "postponed"}},
    "no time": {key: value for key, value in OWN.items() if key != "createdAt"},
    "a time as text": {**OWN, "createdAt": "yesterday"},
    "active as text": {**OWN, "active": "yes"},
}
"""What Redraw can still release, though a description of it cannot be read: listed and named."""

ODD_IDS = (
    "v5.0.0_100cat",
    "v01.0.0",
    "v1.0",
    "latest",
    "1.0.0",
    "v1.0.0 ",
    "Ünïcode [x]",
    "v\u0661.0.0",
)

ODD_RUNS: dict[str, dict[str, Any]] = {
    "empty": {},
    "no time": {"id": "no time", "state": "promoted"},
    "a time as text": {**RUN, "requestedAt": "2026-01-01T00:00:00"},
    "a time as a number": {**RUN, "requestedAt": 1_767_225_600},
    "a trigger of a newer version": {**RUN, "trigger": "label_errors"},
    "a state of another program": {**RUN, "state": "done"},
    "the id of another": {**RUN, "id": "run-1"},
    "counts of a wrong type": {**RUN, "counts": [1, 2]},
    "seconds that are no number": {**RUN, "seconds": {"fitting": float("nan")}},
    "a decision of a wrong type": {**RUN, "decision": "good"},
}
READABLE_RUNS: dict[str, dict[str, Any]] = {
    "no id": RUN,
    "fields of a newer version": {**RUN, "colour": {"deep": [1, 2, 3]}},
}

DECISION = {"action": "accept", "by": "ada", "at": NOW}
ODD_DECISIONS: dict[str, dict[str, Any]] = {
    "empty": {},
    "unknown action": {**DECISION, "action": "maybe"},
    "a label too many": {**DECISION, "label": "cat"},
    "a time as text": {**DECISION, "at": "today"},
    "the id of another": {**DECISION, "correctionId": "c9"},
    "no class": {**DECISION, "action": "relabel", "label": "dragon"},
}

RELEASE = {
    "version": "v1.0.0",
    "previous": None,
    "manifestPath": "models/production/v1.0.0/manifest.json",
    "fence": 7,
    "updatedAt": NOW,
}
ODD_RELEASES: dict[str, tuple[dict[str, Any], int]] = {
    "empty": ({}, 1),
    "no version": ({**RELEASE, "version": None}, 8),
    "a version that is none": ({**RELEASE, "version": "newest"}, 8),
    "a version with zeros": ({**RELEASE, "version": "v01.0.0"}, 8),
    "a fence as words": ({**RELEASE, "fence": "seven"}, 1),
    "a fence that is broken": ({**RELEASE, "fence": 7.5}, 9),
    "a fence below zero": ({**RELEASE, "fence": -3}, 1),
    "a fence that no browser can count": ({**RELEASE, "fence": 2**62}, 1),
    "a fence that is no number": ({**RELEASE, "fence": float("nan")}, 1),
    "a time as text": ({**RELEASE, "updatedAt": "2026-01-01"}, 8),
    "a path of a wrong type": ({**RELEASE, "manifestPath": 3}, 8),
}
"""Releases that were edited, each with the fence of the promotion that repairs it."""
