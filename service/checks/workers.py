"""The checks of the workers and of beat: who answers, with which code, and what waits for them."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from kombu.exceptions import OperationalError
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from pipeline.errors import Unavailable
from pipeline.settings import Settings
from service.checks.check import Finding
from service.metrics.queue import Queue, read_queue
from workers.app import make_app
from workers.inspection import describe_process
from workers.names import DESCRIBE
from workers.redis_ping import TIMEOUT_SECONDS, ping

REPLY_SECONDS = 3.0
"""How long workers have to answer; a busy one answers too, as its main process does."""
LATE_SWEEPS = 3
"""So many sweeps without one that was executed mean that beat or all workers stand still."""
MANY_WAITING = 20
"""Tasks that wait, as the alert RedrawQueueGrows counts them."""
START_WORKER = "start one (`docker compose up -d worker`, or `redraw up`), and look at its log"
NAMES = {
    "code": "other code",
    "settings": "other settings of runs (classes, game, gate, fit or trigger)",
    "project": "another project",
    "bucket": "another bucket",
    "python": "another Python",
}
"""What differs between two processes, by what `describe_process` says."""

Replies = Mapping[str, Mapping[str, Any]]


def check_workers(settings: Settings) -> Iterator[Finding]:
    """Yield how many workers answer, and which differ from this process."""
    try:
        replies = ask_workers(settings)
    except Unavailable as error:
        yield Finding("workers", unknown=f"they are asked through Redis: {error}")
        return
    yield from judge_workers(replies, describe_process(settings))


def ask_workers(settings: Settings) -> Replies:
    """Return what each worker that answers says of itself, by its name.

    Raises:
        Unavailable: Redis does not answer.
    """
    ping(settings.redis_url)  # Celery itself would wait for longer
    app = make_app(settings, REPLY_SECONDS)
    try:
        found = app.control.broadcast(DESCRIBE, reply=True, timeout=REPLY_SECONDS)
    except (OperationalError, RedisError, OSError) as error:
        raise Unavailable(f"Redis does not answer ({error})") from error
    return {name: said for reply in found or () for name, said in reply.items()}


def judge_workers(replies: Replies, own: Mapping[str, str]) -> Iterator[Finding]:
    """Yield how many workers there are, and which do not fit to this process.

    Args:
        replies: what each worker says of itself, by its name.
        own: what this process says of itself.
    """
    if not replies:
        yield Finding("workers", f"none answers, so no run starts: {START_WORKER}")
        return
    number = "1 answers" if len(replies) == 1 else f"{len(replies)} answer"
    yield Finding(f"workers: {number} ({', '.join(sorted(replies))})")
    for name, said in sorted(replies.items()):
        if "code" not in said:
            differing = ["older code, which does not know the question"]
        else:
            differing = [text for key, text in NAMES.items() if said.get(key) != own[key]]
        if differing:
            yield Finding(
                f"worker {name}",
                f"it has {' and '.join(differing)} than this process: start all processes of the"
                " same version with the same settings, workers last",
            )


def check_queue(settings: Settings) -> Iterator[Finding]:
    """Yield how many tasks wait, and whether what beat sends is executed."""
    try:
        with Redis.from_url(
            settings.redis_url,
            retry=Retry(NoBackoff(), 0),
            socket_connect_timeout=TIMEOUT_SECONDS,
            socket_timeout=TIMEOUT_SECONDS,
        ) as client:
            queue = read_queue(client)
    except (RedisError, OSError, ValueError) as error:
        yield Finding("queue", unknown=f"Redis does not say it ({error})")
        return
    yield from judge_queue(queue, settings.sweep_seconds)


def judge_queue(queue: Queue, sweep_seconds: float) -> Iterator[Finding]:
    """Yield what is wrong with a queue."""
    name = f"queue: {queue.waiting} wait, {queue.taken} are taken"
    now, swept_at = datetime.now(UTC), queue.swept_at
    age = None if swept_at is None else (now - swept_at).total_seconds()
    if age is None or age > LATE_SWEEPS * sweep_seconds:
        last = "for a week" if age is None else f"for {age / 60:.0f} minutes"
        yield Finding(
            name,
            f"no worker has executed what beat sends each minute {last}: start beat and a worker;"
            " one that is busy with a run alone leaves it waiting until the run has ended",
        )
    elif queue.waiting > MANY_WAITING:
        yield Finding(
            name, "more tasks wait than workers take soon: start another worker, or let a run end"
        )
    else:
        yield Finding(name)
