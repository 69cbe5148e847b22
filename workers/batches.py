"""One batch of a run that others execute too: under the run's lease, which it keeps alive; and what follows the last one."""

import logging
import time
from collections.abc import Callable

from pipeline.corrections.gathering import gather_batch, measure_progress
from pipeline.errors import LeaseLost
from pipeline.ports import Ports
from pipeline.records.runs import Lease, Run, RunState
from pipeline.runs.log import RunLog
from pipeline.settings import Settings
from workers.execution import record_failure
from workers.lease import keep_alive

log = logging.getLogger(__name__)


def collect_batch(lease: Lease, number: int, ports: Ports, settings: Settings) -> None:
    """Collects one batch under the lease of whoever sent it; stops, without a word to the run, when that lease is lost.

    Raises errors.Retryable for a fault of the moment. Any other fault ends the run as failed.
    """

    try:
        ports.runs.renew(lease, settings.lease_seconds)
        with keep_alive(ports.runs, lease, settings.lease_seconds) as check_lease:
            run_log = RunLog(ports.runs, lease)
            record_failure(run_log, lambda: _collect(run_log, number, ports, settings, check_lease))
    except LeaseLost as fault:
        log.warning("batch %d: %s", number, fault)


def _collect(
    run_log: RunLog, number: int, ports: Ports, settings: Settings, check_lease: Callable[[], None]
) -> Run:
    if run_log.run.cancel_requested_at is not None:
        return run_log.run  # the run's next execution ends it
    run_id = run_log.run.id
    gather_batch(run_id, number, ports.artefacts, settings, lambda *_: check_lease())
    progress = measure_progress(run_id, ports.artefacts)
    return run_log.run if progress is None else run_log.note(progress=progress)


def hand_over(lease: Lease, sent_at: float, ports: Ports) -> bool:
    """Frees the run, all of whose batches are through, for its next execution; False when another has taken it already.

    `sent_at`, POSIX seconds, is when the batches were sent: what passed since then is time of collecting.
    """
    try:
        run_log = RunLog(ports.runs, lease)
        collecting = run_log.run.seconds.get(RunState.COLLECTING, 0.0) + time.time() - sent_at
        run_log.note(
            seconds={**run_log.run.seconds, str(RunState.COLLECTING): round(collecting, 3)}
        )
        ports.runs.renew(lease, 0)
    except LeaseLost as fault:
        log.warning("%s", fault)
        return False
    return True
