"""The Celery tasks. Each is one call into the pipeline.

The class of an error decides about retries: a Retryable one is retried, any other is not.
"""

import logging
import os
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from typing import Any

from celery.signals import worker_process_init, worker_ready

from pipeline.bootstrap import connect
from pipeline.errors import NewerDocument, Retryable
from pipeline.notifications.delivering import deliver_due
from pipeline.notifications.notify import notify as notify_owner
from pipeline.ports import Ports
from pipeline.records.runs import Lease
from pipeline.retention.clean import clean as clean_project
from pipeline.retention.clean import clean_folder
from pipeline.runs.due import request_due_run, request_nightly_run
from pipeline.runs.trouble import FIRST_PAUSE, LONGEST_PAUSE
from pipeline.settings import Settings
from pipeline.settings_reading import load_settings
from pipeline.versions.janitor import tidy_versions
from workers import batches
from workers.dispatch import dispatch_batches, dispatch_notify, dispatch_retrain
from workers.execution import execute
from workers.heartbeat import note_sweep
from workers.names import (
    BATCHES_COLLECTED,
    CHECK,
    CLEAN,
    COLLECT_BATCH,
    DELIVER,
    NIGHTLY_CHECK,
    NOTIFY,
    RETRAIN,
    SWEEP,
    TIDY,
)
from workers.worker import app

log = logging.getLogger(__name__)
AUTOGROUP = Path("/proc/self/autogroup")


@cache
def connect_once() -> tuple[Settings, Ports]:
    """Return the settings and ports of this process; connect at the first call.

    The pool's processes are spawned before that: a gRPC channel does not survive a fork.
    """
    settings = load_settings()
    return settings, connect(settings)


# Without jitter the pauses are those of the run itself: see pipeline/runs/trouble.py. An earlier
# retry would be refused.
@app.task(
    name=RETRAIN,
    autoretry_for=(Retryable,),
    max_retries=5,
    retry_backoff=FIRST_PAUSE.seconds,
    retry_backoff_max=LONGEST_PAUSE.seconds,
    retry_jitter=False,
)
def retrain(run_id: str) -> None:
    """Execute a run. When the retries are used up, the sweep queues it again after its pause."""
    settings, ports = connect_once()
    try:
        run = execute(run_id, ports, settings, fan_out=partial(dispatch_batches, app))
    except NewerDocument as error:
        # The sweep of the newer Redraw queues the run again until a worker of that version has it.
        log.error("%s", error)  # noqa: TRY400 - the message says all
        return
    if run.state.ended and settings.webhook.url is not None:
        dispatch_notify(app)


# A chord needs the results of its tasks: Celery counts in Redis how many are finished. No retry
# waits for longer than a lease lasts by default, or the lease would run out between two attempts.
@app.task(
    name=COLLECT_BATCH,
    ignore_result=False,
    autoretry_for=(Retryable,),
    max_retries=5,
    retry_backoff=5,
    retry_backoff_max=30,
)
def collect_batch(run_id: str, fence: int, number: int) -> None:
    """Collect a batch of a run.

    When the retries are used up, the chord is never completed. Then the lease runs out, and the
    sweep queues the run again.
    """
    settings, ports = connect_once()
    batches.collect_batch(Lease(run_id, fence), number, ports, settings)


@app.task(name=BATCHES_COLLECTED, autoretry_for=(Retryable,), max_retries=5, retry_backoff=5)
def batches_collected(run_id: str, fence: int, sent_at: float) -> None:
    """Queue a run again when all batches that it sent are collected."""
    _, ports = connect_once()
    if batches.finish_collecting(Lease(run_id, fence), sent_at, ports):
        dispatch_retrain(app, run_id)


# Not retried: the next check is due in minutes. If the run was recorded before the failure, the
# sweep queues it.
@app.task(name=CHECK)
def check() -> None:
    """Request a run if one is due, and queue it."""
    settings, ports = connect_once()
    run = request_due_run(ports, settings)
    if run is not None:
        dispatch_retrain(app, run.id)


@app.task(name=NIGHTLY_CHECK, autoretry_for=(Retryable,), max_retries=5, retry_backoff=5)
def nightly_check() -> None:
    """Request tonight's run if enough corrections are pending, and queue it."""
    settings, ports = connect_once()
    run = request_nightly_run(ports, settings)
    if run is not None:
        dispatch_retrain(app, run.id)


@app.task(name=CLEAN, autoretry_for=(Retryable,), max_retries=5, retry_backoff=5)
def clean() -> None:
    """Delete what nothing needs any more, as the settings of retention say."""
    settings, ports = connect_once()
    clean_project(ports, settings)


@app.task(name=SWEEP)
def sweep() -> None:
    """Queue the run whose worker died, whose pause is over, or that was never queued.

    A slot whose run can never go on is freed by the same look.
    """
    settings, ports = connect_once()
    note_sweep(settings.redis_url)
    abandoned = ports.runs.abandoned()
    if abandoned is not None:
        dispatch_retrain(app, abandoned.id)


@app.task(name=TIDY)
def tidy() -> None:
    """Finish or give up the versions whose publication no worker continues.

    Each host has caches of its own, and the nightly cleaning is done by one host alone. This comes
    so often that it reaches each.
    """
    settings, ports = connect_once()
    tidy_versions(ports)
    if settings.retention.nightly:
        clean_folder(settings)


# Neither is retried: the next one comes by the clock, and does what this one has left.
@app.task(name=NOTIFY)
def notify() -> None:
    """Find what the owner is notified of, and deliver it."""
    settings, ports = connect_once()
    notify_owner(ports, settings)


@app.task(name=DELIVER)
def deliver() -> None:
    """Deliver what is due: new notifications, and those whose pause after a failure is over."""
    settings, ports = connect_once()
    deliver_due(ports, settings.webhook)


@worker_process_init.connect
def connect_early(**_: Any) -> None:
    """Load Google's clients before the first task.

    Otherwise a new worker would spend its first seconds on imports while others collect the
    batches of a run.
    """
    connect_once()


@worker_process_init.connect
def give_way(**_: Any) -> None:
    """Let the service, and what else runs on this machine, go first.

    A run keeps all processors busy for minutes, and players wait for guesses.
    """
    nice = load_settings().worker_nice
    os.nice(nice)
    # Linux shares out the processors among sessions first (sched_autogroup), and only then among
    # the processes of each. A session that the worker has for itself gives way as a whole.
    if os.getsid(0) == os.getppid():
        with suppress(OSError):
            AUTOGROUP.write_text(str(nice))


@worker_ready.connect
def sweep_after_start(**_: Any) -> None:
    """Look for what an earlier worker left: at once, and for its run again later.

    By then the lease of that run has run out.
    """
    app.send_task(SWEEP, ignore_result=True)
    app.send_task(TIDY, ignore_result=True)
    app.send_task(SWEEP, ignore_result=True, countdown=load_settings().lease_seconds + 1)
