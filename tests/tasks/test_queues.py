"""Batches wait in a queue of their own; a worker whose command line names no queue serves both."""

import pytest
from redis import Redis

from pipeline.records.runs import Lease
from pipeline.settings import Settings
from tests.api._faulty import running_redis
from workers import names
from workers.app import make_app
from workers.dispatch import dispatch_batches, dispatch_retrain

TASKS = {
    value
    for name, value in vars(names).items()
    if isinstance(value, str) and value.startswith("redraw.")
}


@pytest.mark.parametrize("task", sorted(TASKS))
def test_only_a_batch_waits_in_the_queue_of_batches(task: str) -> None:
    router = make_app(Settings(_env_file=None)).amqp.router
    expected = names.COLLECT_QUEUE if task == names.COLLECT_BATCH else names.MAIN_QUEUE
    assert router.route({}, task)["queue"].name == expected


def test_a_worker_serves_both_queues_by_itself() -> None:
    served = make_app(Settings(_env_file=None)).amqp.queues.consume_from
    assert set(served) == {names.MAIN_QUEUE, names.COLLECT_QUEUE}


def test_a_batch_and_a_run_reach_their_queues_in_redis() -> None:
    with running_redis() as port:
        url = f"redis://127.0.0.1:{port}/0"
        app = make_app(Settings(_env_file=None, redis_url=url))
        # Joined ones are looked at in tests/end_to_end/test_fan_out.py: they open a connection
        # for results, which this process would keep.
        dispatch_batches(app, Lease("run-1", 1), [0, 1, 2], joined=False)
        dispatch_retrain(app, "run-1")
        with Redis.from_url(url) as redis:
            assert redis.llen(names.COLLECT_QUEUE) == 3
            assert redis.llen(names.MAIN_QUEUE) == 1
        app.close()
