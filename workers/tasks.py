"""The Celery tasks: each is one call into the pipeline. When to retry is decided by the class of the error."""

from functools import cache, partial
from typing import Any

from celery.signals import worker_process_init, worker_ready

from pipeline.bootstrap import connect
from pipeline.errors import Retryable
from pipeline.ports import Ports
from pipeline.records.runs import Lease
from pipeline.runs.due import request_due_run, request_nightly_run
from pipeline.settings import Settings, load_settings
from workers import batches
from workers.dispatch import dispatch_batches, dispatch_retrain
from workers.execution import execute
from workers.names import BATCHES_COLLECTED, CHECK, COLLECT_BATCH, NIGHTLY_CHECK, RETRAIN, SWEEP
from workers.worker import app


@cache
def connect_once() -> tuple[Settings, Ports]:
    """Settings and ports of this process; made once, after the pool was spawned."""
    settings = load_settings()
    return settings, connect(settings)


@app.task(
    name=RETRAIN, autoretry_for=(Retryable,), max_retries=5, retry_backoff=5, retry_backoff_max=120
)
def retrain(run_id: str) -> None:
    """Executes a run. When retries are used up, the sweep brings the run back."""
    settings, ports = connect_once()
    execute(run_id, ports, settings, fan_out=partial(dispatch_batches, app))


# Celery counts in Redis which batches are through, so their results are not ignored. No retry waits for longer than a lease
# lasts at its default.
@app.task(
    name=COLLECT_BATCH,
    ignore_result=False,
    autoretry_for=(Retryable,),
    max_retries=5,
    retry_backoff=5,
    retry_backoff_max=30,
)
def collect_batch(run_id: str, fence: int, number: int) -> None:
    """Collects a batch of a run. When retries are used up, the lease runs out, and the sweep brings the run back."""
    settings, ports = connect_once()
    batches.collect_batch(Lease(run_id, fence), number, ports, settings)


@app.task(name=BATCHES_COLLECTED, autoretry_for=(Retryable,), max_retries=5, retry_backoff=5)
def batches_collected(run_id: str, fence: int, sent_at: float) -> None:
    """Queues a run again when all batches that it sent are through."""
    _, ports = connect_once()
    if batches.hand_over(Lease(run_id, fence), sent_at, ports):
        dispatch_retrain(app, run_id)


@app.task(name=CHECK)
def check() -> None:
    """Requests the run that is due. After a fault the next check does; a run that was recorded is queued by the sweep."""
    settings, ports = connect_once()
    run = request_due_run(ports, settings)
    if run is not None:
        dispatch_retrain(app, run.id)


@app.task(name=NIGHTLY_CHECK, autoretry_for=(Retryable,), max_retries=5, retry_backoff=5)
def nightly_check() -> None:
    """Requests tonight's run when enough corrections are pending."""
    settings, ports = connect_once()
    run = request_nightly_run(ports, settings)
    if run is not None:
        dispatch_retrain(app, run.id)


@app.task(name=SWEEP)
def sweep() -> None:
    """Queues the run whose worker died, or that never reached one."""
    _, ports = connect_once()
    abandoned = ports.runs.abandoned()
    if abandoned is not None:
        dispatch_retrain(app, abandoned.id)


@worker_process_init.connect
def connect_early(**_: Any) -> None:
    """Loads Google's clients before the first task, so that a worker takes its share of a run's batches from the start."""
    connect_once()


@worker_ready.connect
def sweep_after_start(**_: Any) -> None:
    """A worker that starts looks for what an earlier one left: now, and again when that one's lease has run out."""
    app.send_task(SWEEP, ignore_result=True)
    app.send_task(SWEEP, ignore_result=True, countdown=load_settings().lease_seconds + 1)
