"""Write a run's state, progress and timings to Firestore. Every write proves the lease."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from pipeline.ports import RunStore
from pipeline.progress import OnProgress, silent
from pipeline.records.runs import Lease, Progress, Run, RunKind, RunState
from pipeline.runs.cancelling import stop_if_cancelled
from pipeline.runs.pace import Pace

SECONDS_BETWEEN_WRITES = 0.5


def never_stop() -> None:
    """Let the run go on: the default where nothing watches whether it is cancelled."""


class RunLog:
    """Writes a run's progress to Firestore while its lease is held.

    Each method raises LeaseLost when another worker has taken the lease.

    Args:
        runs: where the run is.
        lease: of the run.
        on_progress: called with all progress.
        check: called with all progress too; raises RunCancelled as soon as it is known that the
            owner has cancelled the run.
    """

    def __init__(
        self,
        runs: RunStore,
        lease: Lease,
        on_progress: OnProgress = silent,
        check: Callable[[], None] = never_stop,
    ) -> None:
        self._runs = runs
        self._on_progress = on_progress
        self._check = check
        self._pace = Pace()
        self.lease = lease
        self.run = runs.get(lease.run_id)
        self._written = 0.0

    def note(self, **changes: Any) -> Run:
        """Record fields of the run, by their Python names."""
        self.run = self._runs.record(self.lease, changes)
        return self.run

    @contextmanager
    def step(self, state: RunState) -> Iterator[None]:
        """Enter a state; record how many seconds the block took if it does not raise.

        A step that is completed for the first time shows that faults are overcome.

        Raises:
            RunCancelled: the owner has cancelled the run.
        """
        self.note(
            state=state,
            progress=Progress(message=str(state)),
            started_at=self.run.started_at or datetime.now(UTC),
        )
        stop_if_cancelled(self.run)
        self._pace = Pace()
        started = time.monotonic()
        yield
        took = self.run.seconds.get(state, 0.0) + time.monotonic() - started
        overcome = {} if state in self.run.seconds else {"trouble": None}
        self.note(seconds={**self.run.seconds, str(state): round(took, 3)}, **overcome)

    def progress(self, message: str, done: int = 0, total: int = 0) -> None:
        """Report progress (an `OnProgress`); write it to Firestore at most twice a second.

        Raises:
            RunCancelled: the owner has cancelled the run.
        """
        self._on_progress(message, done, total)
        self._check()
        now = time.monotonic()
        left = self._pace.measure(done, total, now)
        if now - self._written >= SECONDS_BETWEEN_WRITES:
            self._written = now
            seconds_left = None if left is None else round(left, 1)
            progress = Progress(message=message, done=done, total=total, seconds_left=seconds_left)
            self.note_progress(progress)
            stop_if_cancelled(self.run)

    def note_progress(self, progress: Progress) -> Run:
        """Record the progress of the present step.

        Batches are stored one by one, and epochs of a new baseline too. So a run that has collected
        or trained more than when it met a fault has overcome that fault. In the other steps only
        their end counts: they begin anew each time.
        """
        trouble, state = self.run.trouble, self.run.state
        trains = state is RunState.FITTING and self.run.kind is RunKind.BASELINE
        goes_on = state is RunState.COLLECTING or trains
        further = goes_on and trouble and progress.done > trouble.done
        overcome = {"trouble": None} if further else {}
        return self.note(progress=progress, **overcome)

    def end(self, state: RunState, reason: str | None = None) -> Run:
        """End the run and free its slot."""
        return self.note(
            state=state,
            reason=reason,
            ended_at=datetime.now(UTC),
            trouble=None,
            progress=Progress(message=str(state)),
        )
