"""One execution of a run: under a lease, with every fault turned into a state that the owner can read."""

import logging
import os
import socket
import uuid
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Protocol

from pipeline.corrections.gathering import gather
from pipeline.errors import LeaseLost, RedrawError, Retryable, RunFinished
from pipeline.ports import Ports
from pipeline.progress import OnProgress, silent
from pipeline.records.runs import Lease, Run, RunState
from pipeline.retrain import retrain
from pipeline.runs.log import RunLog
from pipeline.settings import Settings
from workers.lease import keep_alive


class FanOut(Protocol):
    """Hands batches of a run, by their numbers, to other workers, who keep its lease alive. `joined`: see gathering.Send."""

    def __call__(self, lease: Lease, numbers: list[int], *, joined: bool) -> None: ...


log = logging.getLogger(__name__)


def execute(
    run_id: str,
    ports: Ports,
    settings: Settings,
    on_progress: OnProgress = silent,
    fan_out: FanOut | None = None,
) -> Run:
    """Executes a run and returns it as it stands then; at once when it has ended.

    `on_progress` hears what the run document is told. With `fan_out` the run may come back still collecting: under a lease that
    lasts for a while, and to be executed again when its batches are through.

    Raises errors.Retryable when the same call may succeed later: LeaseHeld while somebody else is at it, else a fault of the
    moment, and the run is free for anybody.
    """
    holder = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
    try:
        lease = ports.runs.claim(run_id, holder, settings.lease_seconds)
    except RunFinished as reason:
        log.info("%s", reason)
        return ports.runs.get(run_id)
    try:
        with keep_alive(ports.runs, lease, settings.lease_seconds):
            return record_failure(
                RunLog(ports.runs, lease, on_progress),
                lambda pen: _tell(pen, ports, settings, fan_out),
            )
    except LeaseLost as fault:
        log.warning("%s", fault)
        return ports.runs.get(run_id)
    except Retryable:
        # Whoever comes next need not wait for the lease to run out. Here, where nothing keeps it alive any more.
        with suppress(LeaseLost, Retryable):
            ports.runs.renew(lease, 0)
        raise


def record_failure(pen: RunLog, work: Callable[[RunLog], Run]) -> Run:
    """Does `work` for a run. A fault that no repetition mends ends the run as failed, with its reason."""
    try:
        return work(pen)
    except (LeaseLost, Retryable):
        raise
    except Exception as fault:
        log.exception("run %s failed", pen.run.id)
        return pen.end(
            RunState.FAILED,
            str(fault) if isinstance(fault, RedrawError) else f"{type(fault).__name__}: {fault}",
        )


def _tell(pen: RunLog, ports: Ports, settings: Settings, fan_out: FanOut | None) -> Run:
    if pen.run.attempts > settings.max_attempts:
        return pen.end(
            RunState.FAILED,
            f"given up after {settings.max_attempts} attempts: the workers' log says what stopped them; mend it and retrain",
        )
    if fan_out is not None:
        with pen.step(RunState.COLLECTING):
            if not gather(
                pen.run.id, ports, settings, pen.progress, send=partial(fan_out, pen.lease)
            ):
                return pen.run
    return retrain(ports, settings, pen)
