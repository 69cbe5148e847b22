"""Runs and leases for the contract of a RunStore. A lease of no seconds has run out at once."""

from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.ports import RunStore
from pipeline.records.metrics import Comparison, Metrics
from pipeline.records.runs import Counts, Decision, Lease, Progress, Run, RunState

NOW = datetime(2026, 3, 4, 5, 6, 7, 891000, UTC)
ENDS = [state for state in RunState if state.ended]
METRICS = Metrics(
    rows=4,
    accuracy=0.75,
    loss=0.5,
    recall={"cat": 1.0},
    precision={"cat": 0.5},
    confusion=[2, 0, 1, 1],
)
COMPARISON = Comparison(champion=METRICS, challenger=METRICS)
WHOLE: dict[str, Any] = {
    "state": RunState.JUDGING,
    "started_at": NOW + timedelta(seconds=1),
    "ended_at": NOW + timedelta(seconds=2),
    "progress": Progress(message="fitting", done=3, total=9),
    "counts": Counts(
        collected=9, merged=5, quarantined=3, refused=1, reasons={"blank": 1, "a.b `c`": 3}
    ),
    "seconds": {"collecting": 1.25, "a.b": 2.0},
    "champion": "v1.0.0",
    "release_fence": 4,
    "revision": 2,
    "version": "v1.0.1",
    "decision": Decision(
        outcome=RunState.REJECTED, reasons=["worse", "much"], base=COMPARISON, players=COMPARISON
    ),
    "reason": "worse",
}


def a_run(name: str = "run-1", **more: Any) -> Run:
    return Run(id=name, requested_at=more.pop("requested_at", NOW), **more)


def leased(runs: RunStore, seconds: float = 60, name: str = "run-1") -> Lease:
    """A lease on a new run."""
    runs.request(a_run(name))
    return runs.claim(name, "worker", seconds)


def superseded(runs: RunStore) -> tuple[Lease, Lease]:
    """A lease that ran out, and the one of the worker that took the run over."""
    return leased(runs, 0), runs.claim("run-1", "other", 60)


def ended(runs: RunStore, name: str = "run-1", state: RunState = RunState.PROMOTED) -> Lease:
    """The lease of a run that has ended."""
    lease = leased(runs, name=name)
    runs.record(lease, {"state": state})
    return lease


SLOT = "leases/retraining"


def change(world: Any, path: str, **fields: Any) -> None:
    """Change fields of a document as an owner does in Firebase's console."""
    world.edit(path, {**(world.read(path) or {}), **fields})
