"""Projects in memory with versions and runs, whose objects retention decides about."""

from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.bootstrap import in_memory
from pipeline.records.runs import Run, RunState
from pipeline.records.versions import FIRST_VERSION, ModelVersion
from pipeline.settings import Settings
from pipeline.storage_paths import (
    ADDITIONS,
    BASE_CATEGORIES,
    BASE_DATASET,
    BASE_DIGEST,
    CANVAS,
    CHALLENGER,
    FIT,
    HARVEST,
    PLAN,
    REFEREE,
    SCREENING,
)
from tests.unit.versions._publishing import publish_in

NOW = datetime.now(UTC) + timedelta(days=100)
SETTINGS = Settings(_env_file=None)
DATASET = SETTINGS.dataset_name
STAGING = (PLAN, HARVEST, SCREENING, FIT, CHALLENGER)
WHY: Any = {"by": "owner", "why": "a test"}


def make_project(retrains: int = 3) -> Any:
    """A project with v1.0.0, so many retrains on top of each other, and the last one released."""
    ports: Any = in_memory()
    for kind in (BASE_DIGEST, BASE_CATEGORIES, BASE_DATASET):
        ports.artefacts.create(kind.fill(dataset=DATASET), b"base")
    for digest in ("base", "other"):
        ports.artefacts.create(REFEREE.fill(dataset=DATASET, digest=digest), b"referee")
    ports.artefacts.create(CANVAS.fill(drawing_id="d1"), b"a player's")
    publish_in(
        ports,
        run_id="baseline-1",
        choose_number=lambda _: FIRST_VERSION,
        parent=None,
        baseline=None,
    )
    for number in range(1, retrains + 1):
        add_retrain(ports, number)
    ports.models.promote(f"v1.0.{retrains}", **WHY)
    return ports


def add_retrain(ports: Any, number: int) -> ModelVersion:
    """A run that has ended, with all that it leaves, and its version."""
    name = f"run-{number}"
    stage(ports, name)
    ports.artefacts.create(ADDITIONS.fill(dataset=DATASET, revision=number), b"rows")
    version = publish_in(ports, run_id=name, parent=f"v1.0.{number - 1}", baseline="v1.0.0")
    end_run(ports, name)
    return version


def stage(ports: Any, name: str) -> None:
    for kind in STAGING:
        ports.artefacts.create(kind.fill(run_id=name, number=0), b"staged")


def end_run(ports: Any, name: str, state: RunState = RunState.HELD) -> None:
    ports.runs.request(Run(id=name, requested_at=datetime.now(UTC)))
    lease = ports.runs.claim(name, "worker", 60)
    ports.runs.record(lease, {"state": state, "ended_at": datetime.now(UTC)})


def objects_of(ports: Any, prefix: str) -> set[str]:
    return {path for path in ports.artefacts.objects if path.startswith(prefix)}
