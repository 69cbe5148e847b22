"""The Celery tasks: each is one call into the pipeline. When to retry is decided by the class of the error."""

from functools import cache
from typing import Any

from celery.signals import worker_ready

from pipeline.bootstrap import Ports, connect
from pipeline.errors import Retryable
from pipeline.settings import Settings, load_settings
from workers import schedule
from workers.dispatch import dispatch_retrain
from workers.execution import execute
from workers.names import CHECK, NIGHTLY_CHECK, RETRAIN, SWEEP
from workers.worker import app


@cache
def outside() -> tuple[Settings, Ports]:
    """Settings and ports of this process; made at the first task, after the pool was spawned."""
    settings = load_settings()
    return settings, connect(settings)


@app.task(name=RETRAIN, autoretry_for=(Retryable,), max_retries=5, retry_backoff=5, retry_backoff_max=120)
def retrain(run_id: str) -> None:
    """Executes a run. When retries are used up, the sweep brings the run back."""
    settings, ports = outside()
    execute(run_id, ports, settings)


@app.task(name=CHECK)
def check() -> None:
    """Requests the run that is due. After a fault the next check does; a run that was recorded is queued by the sweep."""
    settings, ports = outside()
    run = schedule.due_run(ports, settings)
    if run is not None:
        dispatch_retrain(app, run.id)


@app.task(name=NIGHTLY_CHECK, autoretry_for=(Retryable,), max_retries=5, retry_backoff=5)
def nightly_check() -> None:
    """Requests tonight's run when enough corrections are pending."""
    settings, ports = outside()
    run = schedule.nightly_run(ports, settings)
    if run is not None:
        dispatch_retrain(app, run.id)


@app.task(name=SWEEP)
def sweep() -> None:
    """Queues the run whose worker died, or that never reached one."""
    _, ports = outside()
    abandoned = ports.runs.abandoned()
    if abandoned is not None:
        dispatch_retrain(app, abandoned.id)


@worker_ready.connect
def sweep_after_start(**_: Any) -> None:
    """A worker that starts looks for what an earlier one left: now, and again when that one's lease has run out."""
    app.send_task(SWEEP)
    app.send_task(SWEEP, countdown=load_settings().lease_seconds + 1)
