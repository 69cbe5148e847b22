"""Hands a run, or batches of one, to the workers, by name: whoever imports this loads neither the tasks nor TensorFlow."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from celery import Celery, chord
from kombu.exceptions import OperationalError
from redis import RedisError

from pipeline.errors import Unavailable
from pipeline.records.runs import Lease
from workers.names import BATCHES_COLLECTED, COLLECT_BATCH, RETRAIN
from workers.redis_ping import ping


def dispatch_retrain(app: Celery, run_id: str) -> None:
    """Queues the execution of a run. Doing it twice is harmless: the lease lets one worker in.

    Raises Unavailable, within seconds, when Redis does not answer; the run stays recorded, and the sweep queues it later.
    """
    with _sending(app, run_id):
        # Ignored from the start: else the sender would listen to Redis for a result.
        app.send_task(RETRAIN, args=[run_id], retry=False, ignore_result=True)


def dispatch_batches(app: Celery, lease: Lease, numbers: Sequence[int], *, joined: bool) -> None:
    """Queues batches of the run that `lease` is for; with `joined`, the run is queued again when they are through.

    Raises Unavailable as `dispatch_retrain` does. Those queued by then do no harm.
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


@contextmanager
def _sending(app: Celery, run_id: str) -> Iterator[None]:
    try:
        ping(app.conf.broker_url)  # Celery's own way to find out takes minutes
        yield
    except (OperationalError, RedisError, Unavailable) as fault:
        raise Unavailable(
            f"run {run_id} is recorded and starts by itself when Redis is back: {fault}"
        ) from fault
