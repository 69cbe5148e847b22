"""The checks of the workers and of beat: who answers, with which code, and what waits for them."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from kombu.exceptions import OperationalError
from redis import RedisError

from pipeline.errors import Unavailable
from pipeline.settings import Settings
from service.checks.check import Finding
from service.metrics.queue import LATE_SWEEPS, Queue, read_queue
from workers.app import make_app
from workers.beat import LATE_SECONDS, read_beat
from workers.inspection import describe_process
from workers.names import COLLECT_QUEUE, DESCRIBE, MAIN_QUEUE
from workers.redis_ping import open_redis, ping

REPLY_SECONDS = 3.0
"""How long workers have to answer; a busy one answers too, as its main process does."""
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

QUEUES = {
    MAIN_QUEUE: "no run starts",
    COLLECT_QUEUE: "a run waits for the batches that it shares out",
}
"""What happens if no worker takes the tasks of a queue."""

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
    try:
        with make_app(settings, REPLY_SECONDS) as app:
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
    taken = {queue for said in replies.values() for queue in said.get("queues", QUEUES)}
    for queue in sorted(QUEUES.keys() - taken):
        yield Finding(
            f"queue {queue}",
            f"no worker takes its tasks, so {QUEUES[queue]}: start one without --queues, or with"
            f" `--queues={queue}`",
        )
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
        with open_redis(settings.redis_url) as client:
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
            f"no worker has executed what beat sends each minute {last}. If the checks of workers"
            " and beat are well, the only worker is busy with a run, and this ends with it",
        )
    elif queue.waiting > MANY_WAITING:
        yield Finding(
            name, "more tasks wait than workers take soon: start another worker, or let a run end"
        )
    else:
        yield Finding(name)


def check_beat(settings: Settings) -> Iterator[Finding]:
    """Yield when beat last ticked, on any host."""
    try:
        with open_redis(settings.redis_url) as client:
            age = read_beat(client)
    except (RedisError, OSError, ValueError) as error:
        yield Finding("beat", unknown=f"Redis does not say it ({error})")
        return
    yield judge_beat(age)


def judge_beat(age: float | None) -> Finding:
    """Return what is wrong with beat, by the seconds since it ticked; None: not for a week."""
    if age is None or age > LATE_SECONDS:
        last = "for a week" if age is None else f"for {age:.0f} s"
        return Finding(
            "beat",
            f"none has ticked {last}, so no run starts by itself and no fault is swept up: start it"
            " (`docker compose up -d beat`, or `redraw up`), and look at its log",
        )
    return Finding(f"beat: it ticked {age:.0f} s ago")
