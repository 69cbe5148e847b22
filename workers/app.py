"""Make the Celery application: Redis as broker, tasks acknowledged at their end."""

from celery import Celery
from kombu import Queue

from pipeline.settings import Settings
from workers.log_signals import connect_signals
from workers.names import COLLECT_BATCH, COLLECT_QUEUE, MAIN_QUEUE
from workers.schedule import beat_schedule

VISIBILITY_SECONDS = 6 * 60 * 60
RESULT_SECONDS = 60 * 60
CHILD_SECONDS = 120.0


def make_app(settings: Settings, answer_seconds: float | None = None) -> Celery:
    """Return a Celery application that uses `settings.redis_url` as broker and result backend.

    Args:
        settings: of this process.
        answer_seconds: of a process that only sends: how long it waits for an answer of Redis. A
            worker waits without end for what is queued.
    """
    connect_signals()
    app = Celery(
        "redraw",
        broker=settings.redis_url,
        backend=settings.redis_url,
        include=["workers.tasks", "workers.inspection"],
    )
    app.conf.update(
        broker_transport="workers.transport:Transport",
        # A worker takes tasks from both queues, if its command line (--queues) names none.
        task_queues=[Queue(MAIN_QUEUE), Queue(COLLECT_QUEUE)],
        task_default_queue=MAIN_QUEUE,
        task_routes={COLLECT_BATCH: {"queue": COLLECT_QUEUE}},
        # The result of a run is its document in Firestore. Redis stores results only of the
        # batches of a chord, so that Celery can count them, and only for a while.
        task_ignore_result=True,
        result_expires=RESULT_SECONDS,
        # A worker may be killed in the middle of a task. If it acknowledged the task at its start,
        # the task would be lost. Acknowledged at its end, it is delivered again.
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        # A worker reserves no task beyond the one it executes: a reserved task would wait for
        # minutes behind a long run while other workers are free.
        worker_prefetch_multiplier=1,
        # TensorFlow and gRPC hang in a process that was forked after they started their threads.
        worker_pool_start_method="spawn",
        # A spawned process imports everything again. On a busy machine this takes longer than
        # Celery's default of 4 seconds, after which it would kill the process and start the next
        # one, without end.
        worker_proc_alive_timeout=CHILD_SECONDS,
        broker_transport_options={
            # Redis knows nothing of dead workers: kombu delivers every task again that was not
            # acknowledged within this time. It must be longer than any run, or a second worker
            # would receive a run that is still executed. (The lease would refuse it.) After a
            # crash the sweep is much faster than this.
            "visibility_timeout": VISIBILITY_SECONDS,
            "socket_keepalive": True,
            "socket_connect_timeout": 5,
        },
        broker_connection_retry_on_startup=True,
        # A sender reports a Redis that is down within seconds; the default retries for longer.
        task_publish_retry_policy={"max_retries": 1, "interval_start": 0.2},
        timezone="UTC",
        beat_schedule=beat_schedule(settings),
        # Celery's own keeps a file, and two beats with a file each send everything twice.
        beat_scheduler="workers.scheduler:Scheduler",
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
    )
    if answer_seconds is not None:
        # Otherwise a Redis that hangs would keep each thread that sends for good.
        app.conf.broker_transport_options |= {
            "socket_timeout": answer_seconds,
            "socket_connect_timeout": answer_seconds,
        }
    return app
