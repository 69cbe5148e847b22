"""Versions in each state for the contract of a ModelRegistry."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from pipeline.ports import ModelRegistry, Ports
from pipeline.records.metrics import Comparison, Metrics
from pipeline.records.runs import Decision, Lease, Run, RunState
from pipeline.records.versions import (
    FIRST_VERSION,
    ModelMetrics,
    ModelVersion,
    Release,
    VersionFile,
    VersionNumber,
)

NOW = datetime(2026, 3, 4, 5, 6, 7, 891000, UTC)
METRICS = ModelMetrics(
    accuracy=0.9,
    loss=0.3,
    training_samples=100,
    corrections=7,
    players_accuracy=0.8,
    recall={"cat": 0.5},
)
FILES = [
    VersionFile.of("models/production/a.h5", b"123"),
    VersionFile.of("models/production/manifest.json", b""),
]
JUDGED = Metrics(
    rows=4,
    accuracy=0.75,
    loss=0.5,
    recall={"cat": 1.0},
    precision={"cat": 0.5},
    confusion=[2, 0, 1, 1],
)
GATE = Decision(
    outcome=RunState.PROMOTED,
    reasons=["better"],
    base=Comparison(champion=JUDGED, challenger=JUDGED),
)
NONSENSE = [
    "../x",
    "",
    ".",
    "..",
    "v1",
    "v1.0",
    "v1.0.0.0",
    "1.0.0",
    "v1.0.0/x",
    "v1.0.0\n",
    " v1.0.0",
    "v-1.0.0",
    "__v__",
    "v1.0.a",
]


def next_patch(known: Sequence[VersionNumber]) -> VersionNumber:
    return max(known).next_patch() if known else FIRST_VERSION


def a_draft(**more: Any) -> ModelVersion:
    fields = {
        "version": "",
        "storage_path": "",
        "created_at": NOW,
        "dataset_revision": 1,
        "run_id": "",
        "parent": "v0.9.0",
    }
    return ModelVersion(**{**fields, "gate": GATE, **more})


def reserved(models: ModelRegistry, run_id: str = "run-1") -> str:
    return models.reserve(run_id, next_patch, a_draft()).version


def ready(models: ModelRegistry, run_id: str = "run-1") -> str:
    return models.commit(reserved(models, run_id), FILES, METRICS).version


def released(models: ModelRegistry, count: int) -> list[Release]:
    """As many versions, each ready and promoted after the one before."""
    return [
        models.promote(ready(models, f"run-{number}"), by="owner", why="it is better")
        for number in range(count)
    ]


def active(models: ModelRegistry) -> list[str]:
    return [model.version for model in models.list() if model.active]


def leased(ports: Ports, seconds: float = 60) -> Lease:
    ports.runs.request(Run(id="run-9", requested_at=NOW))
    return ports.runs.claim("run-9", "worker", seconds)
