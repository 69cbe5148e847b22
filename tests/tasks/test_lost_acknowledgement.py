"""A worker whose connection breaks while it acknowledges a task goes on with the next one."""

import logging
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisGone

from pipeline.settings import Settings
from service.cli.drill.proxy import Fault, proxying
from tests.api._faulty import running_redis
from workers.app import make_app

logger = logging.getLogger(__name__)


@pytest.mark.slow  # redis-py tries ten times, with pauses
@pytest.mark.parametrize("end", ["ack_log_error", "reject_log_error"])
def test_after_a_lost_acknowledgement_the_next_task_is_fetched(end: str) -> None:
    with running_redis() as port, proxying(port) as proxy:
        app = make_app(Settings(_env_file=None, redis_url=f"redis://127.0.0.1:{proxy.port}/0"))
        received: list[Any] = []
        with app.connection_for_read() as connection:
            channel = connection.channel()
            queue = app.amqp.queues["celery"](channel)
            queue.declare()
            consumer = app.amqp.TaskConsumer(channel)
            consumer.register_callback(lambda _, message: received.append(message))
            consumer.qos(prefetch_count=1)  # as of a worker that executes one task at a time
            with consumer:
                app.send_task("one")
                connection.drain_events(timeout=10)
                assert not channel.qos.can_consume()

                proxy.set(Fault.DOWN)
                getattr(received[0], end)(logger, (RedisGone, OSError))
                proxy.set(Fault.NONE)

                assert channel.qos.can_consume()
        app.close()
