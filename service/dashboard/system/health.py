"""Say how the services behind this one are, from what is known of them without asking."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from pipeline.runs.slot import describe
from pipeline.settings import Settings
from service.backends.kept import Known
from service.checks.slot import find_slot_problem
from service.dashboard.frame.times import format_duration
from service.metrics.exposition import State
from service.metrics.queue import LATE_SWEEPS

START = "start a worker and beat, or `redraw up`"


class Light(NamedTuple):
    """How something is: kind is good, bad, or busy while it is not known yet."""

    name: str
    kind: str
    word: str
    sentence: str


def describe_health(state: State, settings: Settings) -> list[Light]:
    """Return how each service is, and what to do where one is not well."""
    return [
        _describe_backend("Firestore", state.now, "Documents can be read."),
        _describe_storage(state),
        _describe_backend("Redis", state.queue, "Runs can be queued."),
        *_describe_workers(state, settings),
        _describe_slot(state),
    ]


def _describe_backend(name: str, known: Known[Any], sentence: str) -> Light:
    if known.failing:
        last = "" if known.age is None else f" It last did {format_duration(known.age)} ago."
        return Light(name, "bad", "does not answer", f"Check the network and its address.{last}")
    if known.value is None:
        return Light(name, "busy", "being asked", "The answer is not there yet.")
    return Light(name, "good", "answers", sentence)


def _describe_storage(state: State) -> Light:
    """It is asked for the files of the release, which Firestore names."""
    if state.now.failing and state.files.value is None and not state.files.failing:
        return Light("Storage", "", "not known", "It is asked when Firestore answers.")
    return _describe_backend("Storage", state.files, _describe_files(state))


def _describe_files(state: State) -> str:
    files = state.files.value
    if files is None or files.lost is None:
        return "Objects can be read."
    if files.lost:
        return f"{files.lost} files of the released version are missing: release another one."
    return "All files of the released version are there."


def _describe_workers(state: State, settings: Settings) -> Iterator[Light]:
    queue = state.queue.value
    if queue is None or state.queue.failing:
        why = "Redis would say it." if state.queue.failing else "The answer is not there yet."
        kind = "" if state.queue.failing else "busy"
        yield Light("Worker and beat", kind, "not known", why)
        yield Light("Queue", kind, "not known", why)
        return
    yield _describe_sweep(queue.swept_at, settings.sweep_seconds)
    tasks = "1 task waits" if queue.waiting == 1 else f"{queue.waiting:,} tasks wait"
    taken = f"Workers have taken {queue.taken:,} more."
    yield Light("Queue", "good", tasks, taken)


def _describe_sweep(swept_at: datetime | None, sweep_seconds: float) -> Light:
    name = "Worker and beat"
    if swept_at is None:
        return Light(name, "bad", "not at work", f"None was seen for a week: {START}.")
    age = (datetime.now(UTC) - swept_at).total_seconds()
    ago = f"{format_duration(age)} ago"
    if age > LATE_SWEEPS * sweep_seconds:
        return Light(name, "bad", "not at work", f"Last seen {ago}: {START}.")
    return Light(name, "good", "at work", f"A worker did what beat had sent {ago}.")


def _describe_slot(state: State) -> Light:
    known = state.now.value
    if known is None:
        failing = state.now.failing
        why = "Firestore would say it." if failing else "The answer is not there yet."
        return Light("Run", "" if failing else "busy", "not known", why)
    if known.slot is None:
        return Light("Run", "bad", "not known", "The document leases/retraining cannot be read.")
    problem = find_slot_problem(known.slot)
    if problem is not None:
        return Light("Run", "bad", "needs you", problem)
    free = known.slot.slot.run_id is None
    words = describe(known.slot)
    earlier = f" So it was {format_duration(state.now.age or 0)} ago." if state.now.failing else ""
    sentence = f"{words[0].upper()}{words[1:]}.{earlier}"
    return Light("Run", "good", "none" if free else "under way", sentence)
