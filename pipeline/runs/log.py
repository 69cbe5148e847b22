"""What a run writes about itself into Firestore while it goes: state, progress, seconds. Every write proves the lease."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from pipeline.ports import RunStore
from pipeline.progress import OnProgress, silent
from pipeline.records.runs import Lease, Progress, Run, RunState

SECONDS_BETWEEN_WRITES = 0.5


class RunLog:
    """The pen of whoever holds the lease of a run. Each method raises LeaseLost once somebody else does."""

    def __init__(self, runs: RunStore, lease: Lease, on_progress: OnProgress = silent) -> None:
        self._runs = runs
        self._on_progress = on_progress
        self.lease = lease
        self.run = runs.get(lease.run_id)
        self._written = 0.0

    def note(self, **changes: Any) -> Run:
        """Records fields of the run, by their Python names."""
        self.run = self._runs.record(self.lease, changes)
        return self.run

    @contextmanager
    def step(self, state: RunState) -> Iterator[None]:
        """Enters a state, and records how many seconds it took when the block ends well."""
        self.note(
            state=state,
            progress=Progress(message=str(state)),
            started_at=self.run.started_at or datetime.now(UTC),
        )
        started = time.monotonic()
        yield
        took = self.run.seconds.get(state, 0.0) + time.monotonic() - started
        self.note(seconds={**self.run.seconds, str(state): round(took, 3)})

    def progress(self, message: str, done: int = 0, total: int = 0) -> None:
        """An OnProgress that writes at most twice a second."""
        self._on_progress(message, done, total)
        now = time.monotonic()
        if now - self._written >= SECONDS_BETWEEN_WRITES:
            self._written = now
            self.note(progress=Progress(message=message, done=done, total=total))

    def end(self, state: RunState, reason: str | None = None) -> Run:
        """Ends the run and gives its slot back."""
        return self.note(
            state=state,
            reason=reason,
            ended_at=datetime.now(UTC),
            progress=Progress(message=str(state)),
        )
