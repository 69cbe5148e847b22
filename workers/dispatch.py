"""Hands a recorded run to the workers, by name: whoever imports this loads neither the tasks nor TensorFlow."""

from celery import Celery
from kombu.exceptions import OperationalError

from pipeline.errors import Unavailable
from workers.names import RETRAIN
from workers.redis_ping import ping


def dispatch_retrain(app: Celery, run_id: str) -> None:
    """Queues the execution of a run. Doing it twice is harmless: the lease lets one worker in.

    Raises Unavailable, within seconds, when Redis does not answer; the run stays recorded, and the sweep queues it later.
    """
    try:
        ping(app.conf.broker_url)  # Celery's own way to find out takes minutes
        app.send_task(RETRAIN, args=[run_id], retry=False)
    except (OperationalError, Unavailable) as fault:
        raise Unavailable(f"run {run_id} is recorded and starts by itself when Redis is back: {fault}") from fault
