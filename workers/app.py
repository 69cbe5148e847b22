"""Makes the Celery application: Redis as broker, one task at a time, acknowledged when it is done."""

from celery import Celery

from pipeline.settings import Settings
from workers.schedule import beat_schedule

VISIBILITY_SECONDS = 6 * 60 * 60
RESULT_SECONDS = 60 * 60
CHILD_SECONDS = 120.0


def make_app(settings: Settings) -> Celery:
    """A Celery application that talks to `settings.redis_url`."""
    app = Celery(
        "redraw", broker=settings.redis_url, backend=settings.redis_url, include=["workers.tasks"]
    )
    app.conf.update(
        # The run document in Firestore is the result. Redis keeps, for a while, which batches of a chord are through.
        task_ignore_result=True,
        result_expires=RESULT_SECONDS,
        # A task whose worker died must be delivered again, so it is acknowledged at its end.
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        # TensorFlow and gRPC hang when they were started before a fork.
        worker_pool_start_method="spawn",
        # A spawned process imports everything anew. On a busy machine that takes longer than Celery's 4 seconds, after which it
        # kills the process and spawns the next, for ever.
        worker_proc_alive_timeout=CHILD_SECONDS,
        # Redis delivers a task again after this long. Longer than any run; the lease covers the rest.
        broker_transport_options={
            "visibility_timeout": VISIBILITY_SECONDS,
            "socket_keepalive": True,
            "socket_connect_timeout": 5,
        },
        broker_connection_retry_on_startup=True,
        task_publish_retry_policy={"max_retries": 1, "interval_start": 0.2},
        timezone="UTC",
        beat_schedule=beat_schedule(settings),
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
    )
    return app
