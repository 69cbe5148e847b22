"""Execute a run once: take its lease, and record every failure as a state with a reason."""

import logging
import os
import socket
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Protocol

from pipeline.errors import RedrawError, Retryable
from pipeline.forget import forget
from pipeline.ports import Ports
from pipeline.progress import OnProgress, silent
from pipeline.records.runs import Lease, Run, RunKind, RunState
from pipeline.retrain import retrain
from pipeline.run_errors import LeaseLost, RunFinished, RunLost
from pipeline.runs.context import RunContext
from pipeline.runs.log import RunLog
from pipeline.settings import Settings
from workers.cancellation import watch_cancellation
from workers.lease import keep_alive

log = logging.getLogger(__name__)


class FanOut(Protocol):
    """Send batches of a run, by their numbers, to other workers, which keep its lease alive.

    With `joined`, the run is executed again when they are collected.
    """

    def __call__(self, lease: Lease, numbers: list[int], *, joined: bool) -> None: ...


def execute(
    run_id: str,
    ports: Ports,
    settings: Settings,
    on_progress: OnProgress = silent,
    fan_out: FanOut | None = None,
    *,
    early: bool = False,
) -> Run:
    """Execute a run and return its record. A run that has ended is returned at once.

    A temporary fault lets the run wait for a while; one that lasts too long ends it as failed. When
    this process is told to stop, the run is given up at once, so that any worker may go on with it.

    Args:
        run_id: the run.
        ports: the project.
        settings: of this process.
        on_progress: called with the progress that is written to the run's document.
        fan_out: sends batches to other workers. The run may then come back still collecting: its
            lease lasts for a while, and it is executed again when its batches are collected.
        early: whether to go on with a run that waits because of a temporary fault.

    Raises:
        Retryable: the same call may succeed later. LeaseHeld while another worker executes the
            run, RunPaused while it waits; otherwise a temporary failure, after which it waits.
        RunLost: the run's document was deleted, or made unreadable, meanwhile.
    """
    holder = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
    try:
        lease = ports.runs.claim(run_id, holder, settings.lease_seconds, early=early)
    except RunFinished as reason:
        log.info("%s", reason)
        return ports.runs.get(run_id)
    try:
        with (
            keep_alive(ports.runs, lease, settings.lease_seconds),
            watch_cancellation(ports.runs, lease) as check,
        ):
            run_log = RunLog(ports.runs, lease, on_progress, check)
            context = RunContext(ports, settings, run_log)
            return record_failure(run_log, lambda: _execute(context, fan_out))
    except RunLost:
        raise  # there is no record that could be returned
    except LeaseLost as error:
        log.warning("%s", error)
        return ports.runs.get(run_id)
    except Retryable as error:
        # Here nothing renews the lease any more.
        with suppress(LeaseLost, Retryable):
            patience = timedelta(hours=settings.patience_hours)
            run = ports.runs.pause(lease, str(error), patience)
            if run.state.ended:
                return run
        raise
    except (KeyboardInterrupt, SystemExit):
        with suppress(LeaseLost, Retryable):
            ports.runs.renew(lease, 0)
        raise


def record_failure(run_log: RunLog, work: Callable[[], Run]) -> Run:
    """Call `work`. If it fails in a way that a repetition would not change, end the run as failed.

    Raises:
        LeaseLost, Retryable: as `work` does.
    """
    try:
        return work()
    except (LeaseLost, Retryable):
        raise
    except Exception as error:
        log.exception("run %s failed", run_log.run.id)
        expected = isinstance(error, RedrawError)
        reason = str(error) if expected else f"{type(error).__name__}: {error}"
        return run_log.end(RunState.FAILED, reason)


def _execute(context: RunContext, fan_out: FanOut | None) -> Run:
    """Execute the run, or end it as failed when too many of its workers have died.

    The limit stops a run that kills its worker each time: there no exception can be recorded.
    """
    run_log, max_deaths = context.log, context.settings.max_deaths
    if run_log.run.deaths >= max_deaths:
        return run_log.end(
            RunState.FAILED,
            f"it ended with the deaths of {max_deaths} workers: their log, or the system's, says "
            "what stopped them; correct it and request another run",
        )
    if run_log.run.kind is RunKind.FORGET:
        return forget(context)
    send = None if fan_out is None else partial(fan_out, run_log.lease)
    return retrain(context, send)
