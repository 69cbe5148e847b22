"""Queue runs, and batches of a run, for the workers.

Tasks are sent by their names, so a process that imports this module loads neither the tasks nor
TensorFlow.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from celery import Celery, chord
from kombu.exceptions import OperationalError
from redis import RedisError

from pipeline.errors import Unavailable
from pipeline.records.runs import Lease
from workers.names import BATCHES_COLLECTED, COLLECT_BATCH, NOTIFY, RETRAIN
from workers.redis_ping import ping

log = logging.getLogger(__name__)


def dispatch_retrain(app: Celery, run_id: str) -> None:
    """Queue the execution of a run. To queue it twice is harmless: the lease admits one worker.

    Raises:
        Unavailable: Redis does not answer; raised within seconds. The run stays recorded, and the
            sweep queues it later.
    """
    with _sending(app, run_id):
        # Without `ignore_result` the sender would subscribe to Redis for the task's result.
        app.send_task(RETRAIN, args=[run_id], retry=False, ignore_result=True)


def dispatch_batches(app: Celery, lease: Lease, numbers: Sequence[int], *, joined: bool) -> None:
    """Queue batches of the run that `lease` is for.

    With `joined`, the batches are sent as a chord: when the last of them is collected, Celery calls
    the task that queues the run again. Each task carries the lease's fence, so a batch of an
    earlier execution is refused and cannot free the run of a later one.

    Raises:
        Unavailable: Redis does not answer. The batches that were queued before do no harm.
    """
    with _sending(app, lease.run_id):
        if joined:
            batches = [
                app.signature(COLLECT_BATCH, args=[*lease, number], immutable=True)
                for number in numbers
            ]
            chord(batches, app=app)(
                app.signature(BATCHES_COLLECTED, args=[*lease, time.time()], immutable=True)
            )
            return
        for number in numbers:
            app.send_task(COLLECT_BATCH, args=[*lease, number], retry=False, ignore_result=True)


def dispatch_notify(app: Celery) -> None:
    """Queue a look at what the owner is notified of. If that fails, the next one by the clock does.

    It takes two seconds at most, and raises nothing: a run that has ended needs no webhook.
    """
    try:
        ping(app.conf.broker_url)
        app.send_task(NOTIFY, retry=False, ignore_result=True)
    except (OperationalError, RedisError, Unavailable) as error:
        log.warning("notifications come later: %s", error)


@contextmanager
def _sending(app: Celery, run_id: str) -> Iterator[None]:
    try:
        ping(app.conf.broker_url)  # Celery itself would notice a dead Redis only after minutes
        yield
    except (OperationalError, RedisError, Unavailable) as error:
        raise Unavailable(
            f"run {run_id} is recorded and starts by itself when Redis answers again: {error}"
        ) from error
