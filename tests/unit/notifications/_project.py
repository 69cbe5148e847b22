"""A project in memory with runs that end and versions that are released."""

from datetime import UTC, datetime
from typing import Any

from pipeline.records.metrics import Comparison, Metrics
from pipeline.records.runs import Decision, Run, RunKind, RunState
from pipeline.records.trials import TrialKind, TrialReport, TrialVerdict
from pipeline.records.versions import VersionFile
from pipeline.settings import Settings
from pipeline.storage_paths import model_path
from tests.contract._versions import METRICS as SHOWN
from tests.contract._versions import reserved

METRICS = Metrics(
    rows=4, accuracy=0.75, loss=0.5, recall={"cat": 1.0}, precision={"cat": 0.5}, confusion=[1]
)
NOW = datetime.now(UTC)


def decided(outcome: RunState, **changes: Any) -> Decision:
    both = Comparison(champion=METRICS, challenger=METRICS)
    return Decision(outcome=outcome, reasons=["It gains 1.3 points.", "x"], base=both, **changes)


def end_run(ports: Any, run_id: str, state: RunState = RunState.REJECTED, **changes: Any) -> Run:
    """Let a run begin and end, as a worker does."""
    kind = changes.pop("kind", RunKind.RETRAIN)
    ports.runs.request(Run(id=run_id, kind=kind, requested_at=NOW, requested_by="ada-uid"))
    lease = ports.runs.claim(run_id, "worker", 60)
    run: Run = ports.runs.record(lease, {"state": state, "ended_at": NOW, **changes})
    return run


def reported(kind: TrialKind, verdict: TrialVerdict) -> TrialReport:
    return TrialReport(
        id="v1.0.1-2", version="v1.0.1", against="v1.0.0", kind=kind, verdict=verdict,
        sentence="v1.0.1 is worse by 2 points.",
    )  # fmt: skip


def publish(ports: Any) -> str:
    """Make a version ready, with a file in Storage."""
    name: str = reserved(ports.models, f"run-{len(ports.models.list())}")
    ports.artefacts.create(model_path(name), b"weights")
    files = [VersionFile.of(model_path(name), b"weights")]
    version: str = ports.models.commit(name, files, SHOWN).version
    return version


def release_two(ports: Any) -> None:
    """v1.0.0, and then v1.0.1, are released by an owner."""
    for _ in range(2):
        ports.models.promote(publish(ports), by="ada-uid", why="secret-why")


def with_webhook(**changes: Any) -> Settings:
    webhook = {"url": "http://127.0.0.1:1/", "secret": "whsec_" + "A" * 32, **changes}
    return Settings(_env_file=None, webhook=webhook)
