"""Collect one batch of a run for the worker that holds its lease, and end the collecting.

The worker that executes a run reads what is pending, sends the batches to all workers and returns.
From then on the batches themselves keep the run's lease alive: each one renews it, under the fence
that the sender passed on. When all are collected, Celery's chord calls `finish_collecting`. It
gives the lease up, so that any worker can execute the run again, which then joins the batches.
"""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from pipeline.corrections.gathering import gather_batch, measure_progress
from pipeline.errors import Retryable
from pipeline.ports import Ports
from pipeline.records.runs import Lease, Run, RunState
from pipeline.run_errors import LeaseLost, RunCancelled
from pipeline.runs.cancelling import stop_if_cancelled
from pipeline.runs.log import RunLog
from pipeline.settings import Settings
from workers.cancellation import watch_cancellation
from workers.execution import record_failure
from workers.lease import keep_alive

log = logging.getLogger(__name__)


def collect_batch(lease: Lease, number: int, ports: Ports, settings: Settings) -> None:
    """Collect one batch under the lease of the worker that sent it.

    When that lease is lost, stop and leave the run as it is. A failure that a repetition would
    not change ends the run as failed. So does a temporary one that has lasted for too long.

    Raises:
        Retryable: a temporary failure; the same call may succeed later.
    """
    try:
        _collect_under(lease, number, ports, settings)
    except LeaseLost as error:
        log.warning("batch %d: %s", number, error)
    except Retryable as error:
        # The lease is kept: other batches go on under it, and Celery repeats this one.
        with suppress(LeaseLost, Retryable):
            patience = timedelta(hours=settings.patience_hours)
            if ports.runs.pause(lease, str(error), patience, free=False).state.ended:
                return
        raise


def _collect_under(lease: Lease, number: int, ports: Ports, settings: Settings) -> None:
    ports.runs.renew(lease, settings.lease_seconds)
    with (
        keep_alive(ports.runs, lease, settings.lease_seconds) as check_lease,
        watch_cancellation(ports.runs, lease) as check_cancelled,
    ):
        run_log = RunLog(ports.runs, lease)

        def check() -> None:
            check_lease()
            check_cancelled()

        record_failure(run_log, lambda: _collect(run_log, number, ports, settings, check))


def _collect(
    run_log: RunLog, number: int, ports: Ports, settings: Settings, check: Callable[[], None]
) -> Run:
    run_id = run_log.run.id
    try:
        stop_if_cancelled(run_log.run)
        gather_batch(run_id, number, ports.artefacts, settings, lambda *_: check())
    except RunCancelled as request:
        # The first batch that notices ends the run; the others have lost its lease then.
        return run_log.end(RunState.CANCELLED, str(request))
    progress = measure_progress(run_id, ports.artefacts)
    return run_log.run if progress is None else run_log.note_progress(progress)


def finish_collecting(lease: Lease, sent_at: float, ports: Ports) -> bool:
    """Free a run whose batches are all collected, so that a worker can execute it again.

    Args:
        lease: the lease under which the batches were sent.
        sent_at: when they were sent, in POSIX seconds. The time since then is added to the run's
            seconds of collecting.
        ports: the project.

    Returns:
        False when another worker has taken the run already: then there is nothing to queue.
    """
    try:
        run_log = RunLog(ports.runs, lease)
        passed = max(0.0, time.time() - sent_at)  # another machine sent them, by its own clock
        collecting = run_log.run.seconds.get(RunState.COLLECTING, 0.0) + passed
        run_log.note(
            seconds={**run_log.run.seconds, str(RunState.COLLECTING): round(collecting, 3)}
        )
        ports.runs.renew(lease, 0)  # it is given up
    except LeaseLost as error:
        log.warning("%s", error)
        return False
    return True
