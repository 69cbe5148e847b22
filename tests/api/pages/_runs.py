"""Runs as they are recorded, for the pages that show them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.records.metrics import Comparison, Metrics
from pipeline.records.runs import Check, CheckStanding, Counts, Decision, Run, RunState

START = datetime(2026, 3, 4, 5, 0, tzinfo=UTC)
METRICS = Metrics(rows=10, accuracy=0.9, loss=0.3, recall={}, precision={}, confusion=[])
CHECKS = [
    Check(
        name="clean drawings",
        standing=CheckStanding.PASSED,
        rows=1000,
        reason="clean drawings: at most 0.1 points lost, 0.2 points may be lost",
        difference=0.0005,
        low=-0.001,
        high=0.002,
        allowed=0.002,
    ),
    Check(
        name="players' drawings",
        standing=CheckStanding.OPEN,
        rows=90,
        reason="players' drawings: 81.0% to 82.2% right, by 90 answers",
        difference=0.012,
        low=-0.02,
        high=0.044,
        allowed=0.005,
    ),
    Check(
        name="golden set",
        standing=CheckStanding.PASSED,
        rows=100,
        reason="golden set: 0 of 100 obvious drawings wrong, 2 may be",
    ),
]


def decide(outcome: RunState, **more: Any) -> Decision:
    return Decision(
        outcome=outcome,
        reasons=[CHECKS[1].reason, "about 400 more answers would decide"],
        base=Comparison(champion=METRICS, challenger=METRICS),
        checks=CHECKS,
        players_before=0.81,
        players_after=0.822,
        **more,
    )


def a_run(name: str = "run-1", number: int = 0, **fields: Any) -> Run:
    """A run that was skipped; `number` is how many days later than others it was requested."""
    start = START + timedelta(days=number)
    given: dict[str, Any] = {
        "state": RunState.SKIPPED,
        "requested_at": start,
        "started_at": start,
        "ended_at": start + timedelta(seconds=75),
        "updated_at": start + timedelta(seconds=75),
        "reason": "nothing new",
        **fields,
    }
    return Run(id=name, **given)


def held(name: str = "run-1", **fields: Any) -> Run:
    """A run whose version waits for more answers."""
    reasons = {"merged": 30, "confirmation": 12, "blank": 3, "contradicted_label": 5}
    return a_run(
        name,
        state=RunState.HELD,
        version="v1.0.1",
        champion="v1.0.0",
        decision=decide(RunState.HELD, more=400),
        counts=Counts(collected=50, merged=42, quarantined=5, refused=3, reasons=reasons),
        seconds={"collecting": 2.5, "fitting": 60.0, "merging": 1.0},
        reason=None,
        **fields,
    )


def store(ports: Any, *runs: Run) -> None:
    for run in runs:
        ports.runs.documents[run.id] = run.document()
