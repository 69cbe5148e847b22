"""Trials in each state for the contract of a TrialStore."""

from typing import Any

from pipeline.ports import Ports
from pipeline.records.runs import Lease, Run
from pipeline.records.trials import (
    Trial,
    TrialKind,
    TrialLook,
    TrialPlan,
    TrialVerdict,
)
from tests.contract._versions import NOW, ready, released

LOOK = TrialLook(
    run_id="run-9",
    at=NOW,
    revision=4,
    verdict=TrialVerdict.OPEN,
    answers=60,
    disagreements=12,
    players=9,
    estimate=0.0125,
    low=-0.25,
    high=0.5,
    sentence="nothing is shown yet",
)


def a_plan(**changes: Any) -> TrialPlan:
    fields = {
        "kind": TrialKind.SHADOW,
        "share": 0.5,
        "days": 14,
        "revision": 3,
        "started_by": "ada",
    }
    return TrialPlan(**{**fields, **changes})


WATCH = a_plan(kind=TrialKind.WATCH, days=7, run_id="run-9")


def on_trial(ports: Ports, **changes: Any) -> Trial:
    """v1.0.1 on trial beside the released v1.0.0."""
    released(ports.models, 1)
    return ports.trials.begin(ready(ports.models, "run-b"), a_plan(**changes))[0]


def watched(ports: Ports) -> Trial:
    """v1.0.0 compared with v1.0.1 since the release of that."""
    released(ports.models, 1)
    ports.models.promote(ready(ports.models, "run-b"), watch=WATCH, by="owner", why="it is better")
    trial = ports.trials.current()
    assert trial is not None
    return trial


def leased(ports: Ports, seconds: float = 60, run_id: str = "run-9") -> Lease:
    ports.runs.request(Run(id=run_id, requested_at=NOW))
    return ports.runs.claim(run_id, "worker", seconds)
