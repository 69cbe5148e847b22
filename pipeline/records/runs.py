"""Runs: their states, progress, counts, lease, and the decision of the gate."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from pipeline.records.base import Record
from pipeline.records.metrics import Comparison


class RunState(StrEnum):
    """The states of a run, in order; the last six are ends."""

    REQUESTED = "requested"
    COLLECTING = "collecting"
    MERGING = "merging"
    FITTING = "fitting"
    JUDGING = "judging"
    PUBLISHING = "publishing"
    PROMOTED = "promoted"
    REJECTED = "rejected"
    HELD = "held"
    SKIPPED = "skipped"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing will ever happen to such a run again."""
        return self in _ENDS


_ENDS = frozenset(
    {
        RunState.PROMOTED,
        RunState.REJECTED,
        RunState.HELD,
        RunState.SKIPPED,
        RunState.FAILED,
        RunState.CANCELLED,
    }
)


class Trigger(StrEnum):
    """Who or what asked for a run."""

    PERSON = "person"
    CLOCK = "clock"
    PENDING = "pending"
    """Enough corrections are pending."""
    AGE = "age"
    """A correction has been pending for too long."""
    DRIFT = "drift"
    """Players correct the champion more often than right after its release."""


class Progress(Record):
    """How far the present step is. `total` 0 means that it cannot be counted."""

    message: str = ""
    done: int = 0
    total: int = 0


class CheckStanding(StrEnum):
    """How a challenger stands in one check of the gate."""

    PASSED = "passed"
    HARMFUL = "harmful"
    OPEN = "open"
    """Neither is shown."""


class Check(Record):
    """One question of the gate: how it stands, and the figures and the sentence that say so.

    difference, low, high: the challenger's accuracy less the champion's, as shares: measured, at least, at most. None where
    the check compares nothing.
    """

    name: str
    standing: CheckStanding
    rows: int
    reason: str
    difference: float | None = None
    low: float | None = None
    high: float | None = None


class Decision(Record):
    """What the gate decided, with reasons that the owner of a game understands."""

    outcome: RunState
    reasons: list[str]
    base: Comparison
    players: Comparison | None = None
    checks: list[Check] = []
    more: int | None = None
    """Of a held one: about how many more corrections would decide. None: that cannot be said, or none would."""


class Counts(Record):
    """How many corrections a run saw, and what became of them."""

    collected: int = 0
    merged: int = 0
    quarantined: int = 0
    refused: int = 0
    reasons: dict[str, int] = {}


class Run(Record):
    """One pass of the retraining loop."""

    id: str
    state: RunState = RunState.REQUESTED
    trigger: Trigger = Trigger.PERSON
    requested_at: datetime
    requested_by: str = ""
    purpose: str | None = None
    """Why it was asked for, in the asker's words."""
    idempotency_key: str | None = None
    attempts: int = 0
    started_at: datetime | None = None
    ended_at: datetime | None = None
    updated_at: datetime | None = None
    progress: Progress = Progress()
    counts: Counts = Counts()
    seconds: dict[str, float] = {}
    """Wall time of each step that was executed, in seconds, by the name of the state."""
    champion: str | None = None
    release_fence: int | None = None
    """The fence of the release that made `champion` the champion."""
    training_digest: str | None = None
    """Of all that the fit saw; a run that would see the same has nothing to fit."""
    revision: int | None = None
    version: str | None = None
    decision: Decision | None = None
    cancel_requested_at: datetime | None = None
    """When the owner asked to cancel the run; the worker stops at its next write."""
    cancel_requested_by: str | None = None
    reason: str | None = None
    """Why the run was skipped, held or failed: one line."""


class Lease(NamedTuple):
    """The right to execute a run. `fence` rises with every claim; a write with an old fence is refused."""

    run_id: str
    fence: int
