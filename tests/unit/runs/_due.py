"""Projects in memory, with corrections and a clock, for the tests of due runs."""

from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.records.runs import Lease, Run, RunState
from pipeline.records.versions import FIRST_VERSION, ModelMetrics, ModelVersion, VersionFile
from pipeline.settings import Settings

TONIGHT = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
ENOUGH, FEWEST = 5, 3
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ENDS = [RunState.PROMOTED, RunState.REJECTED, RunState.HELD, RunState.SKIPPED]


def send(
    ports: Any,
    number: int,
    *,
    version: str = "v1.0.0",
    guess: str = "cat",
    at: datetime | None = None,
) -> None:
    start = len(ports.corrections.documents)
    for index in range(start, start + number):
        ports.corrections.documents[f"c{index}"] = {
            "status": "pending",
            "correctedLabel": "cat",
            "originalPrediction": guess,
            "modelVersion": version,
            "timestamp": at or ports.corrections.clock(),
        }


def later(ports: Any, time: timedelta) -> None:
    """Move the server's clock on."""
    now = ports.corrections.clock() + time
    ports.corrections.clock = lambda: now


def end(ports: Any, run: Run | None, state: RunState) -> None:
    """End the run now, by the server's clock; if it settles, nothing is pending afterwards."""
    assert run is not None
    lease: Lease = ports.runs.claim(run.id, "worker", 60)
    ports.runs.record(lease, {"state": state})
    ports.runs.documents[run.id]["updatedAt"] = ports.corrections.clock()
    if state in ENDS:
        for fields in ports.corrections.documents.values():
            fields["status"] = "merged"


def release(ports: Any) -> datetime:
    """Release v1.0.0, and return when that was."""
    draft = ModelVersion(version="", storage_path="", created_at=TONIGHT)
    ports.models.reserve("baseline", lambda _: FIRST_VERSION, draft)
    metrics = ModelMetrics(accuracy=1, loss=0, training_samples=1, corrections=0)
    ports.models.commit("v1.0.0", [VersionFile.of("model.h5", b"weights")], metrics)
    released_at: datetime = ports.models.promote(
        "v1.0.0", by="owner", why="it is better"
    ).updated_at
    return released_at


def make_settings() -> Settings:
    return Settings(
        _env_file=None,
        retrain_threshold=ENOUGH,
        trigger={"fewest_pending": FEWEST, "age_hours": 72},
        nightly_hour=4,
        sweep_seconds=7,
        check_seconds=9,
    )
