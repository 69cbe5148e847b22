"""Say each part of the state as metrics; these functions only compute."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple, TypeVar

from pipeline.reasons import CORRECTION_REASONS
from pipeline.records.corrections import CorrectionState, StatusCounts
from pipeline.records.runs import Run, RunKind, RunState
from pipeline.records.slot import SlotStatus
from pipeline.records.versions import ModelVersion
from service.backends.kept import Known
from service.metrics.attempts import Attempts
from service.metrics.families import MOST_VERSIONS
from service.metrics.queue import Queue
from service.metrics.state import (
    Files,
    History,
    Now,
    Pending,
    count_failed_in_a_row,
    list_newest_by_kind,
)

T = TypeVar("T")


class Sample(NamedTuple):
    """A value of a metric; labels in the order of the table."""

    name: str
    value: float
    labels: tuple[str, ...] = ()


def describe_part(
    part: str,
    backend: str | None,
    known: Known[T],
    describe: Callable[[T, datetime], Iterator[Sample]],
    at: datetime,
) -> Iterator[Sample]:
    """Yield how old a part of the state is, whether its backend answers, and what it says.

    Args:
        part: its name.
        backend: the one that it tells about; None if another part does.
        known: what was read last.
        describe: yields what the part says.
        at: the time.
    """
    if known.age is not None:
        yield Sample("redraw_state_age_seconds", known.age, (part,))
    if backend is not None and (known.failing or known.value is not None):
        yield Sample("redraw_backend_up", not known.failing, (backend,))
    if known.value is not None:
        yield from describe(known.value, at)


def _describe_attempts(attempts: Attempts) -> Iterator[Sample]:
    for subject in attempts.read:
        yield Sample("redraw_state_left_out", 0, (subject,))
    for subject in attempts.left_out:
        yield Sample("redraw_state_left_out", 1, (subject,))


def describe_now(now: Now, at: datetime) -> Iterator[Sample]:
    """Yield what the slot and the release say."""
    yield from _describe_attempts(now.attempts)
    if now.slot is not None:
        yield from _describe_slot(now.slot, at)
    if now.released is not None:
        yield Sample("redraw_released", now.released)
    if (release := now.release) is not None:
        yield Sample("redraw_release_info", 1, (release.version, release.previous or ""))
        yield Sample("redraw_release_age_seconds", _age(release.updated_at, at))
        if (trial := release.trial) is not None:
            yield Sample("redraw_trial_info", 1, (trial.version, trial.kind))
            yield Sample("redraw_trial_share_ratio", trial.share)


def _describe_slot(status: SlotStatus, at: datetime) -> Iterator[Sample]:
    slot, run = status.slot, status.run
    yield Sample("redraw_run_in_progress", slot.run_id is not None)
    yield Sample("redraw_run_dead", status.dead is not None)
    yield Sample("redraw_lease_held", slot.live)
    if slot.live and slot.since is not None:
        yield Sample("redraw_lease_age_seconds", _age(slot.since, at))
    if run is not None and not run.state.ended:
        yield from _describe_run(run, at)


def _describe_run(run: Run, at: datetime) -> Iterator[Sample]:
    yield Sample("redraw_run_state", 1, (run.kind, run.state))
    yield Sample("redraw_run_age_seconds", _age(run.requested_at, at))
    yield Sample("redraw_run_progress_age_seconds", _age(run.updated_at or run.requested_at, at))
    if run.trouble is not None:
        yield Sample("redraw_run_trouble_age_seconds", _age(run.trouble.since, at))


def describe_pending(pending: Pending, at: datetime) -> Iterator[Sample]:
    """Yield how much waits for a run, and for how long."""
    yield from _describe_attempts(pending.attempts)
    if pending.number is not None:
        yield Sample("redraw_corrections_pending", pending.number)
    if "oldest_pending" in pending.attempts.read:
        age = 0.0 if pending.since is None else _age(pending.since, at)
        yield Sample("redraw_oldest_pending_age_seconds", age)


def describe_queue(queue: Queue, at: datetime) -> Iterator[Sample]:
    """Yield how many tasks there are, and when a worker was last at work."""
    yield Sample("redraw_queue_tasks", queue.waiting, ("waiting",))
    yield Sample("redraw_queue_tasks", queue.taken, ("taken",))
    if queue.swept_at is not None:
        yield Sample("redraw_last_sweep_age_seconds", _age(queue.swept_at, at))


def describe_files(files: Files, _at: datetime) -> Iterator[Sample]:
    """Yield how many files of the release are lost."""
    yield from _describe_attempts(files.attempts)
    if files.lost is not None:
        yield Sample("redraw_release_lost_files", files.lost)


def describe_history(history: History, at: datetime) -> Iterator[Sample]:
    """Yield what is known of all corrections, runs and versions."""
    yield from _describe_attempts(history.attempts)
    if history.statuses is not None:
        yield from _describe_statuses(history.statuses)
    for version, answers in (history.answers or {}).items():
        yield Sample("redraw_answers", answers.corrections, (version, "correction"))
        yield Sample("redraw_answers", answers.confirmations, (version, "confirmation"))
        if answers.total:
            yield Sample("redraw_correction_rate_ratio", answers.rate, (version,))
    for delivery, number in (history.notifications or {}).items():
        yield Sample("redraw_notifications", number, (delivery,))
    for state, number in (history.run_counts or {}).items():
        yield Sample("redraw_runs", number, (state,))
    if history.runs is not None:
        yield Sample("redraw_runs_failed_in_a_row", count_failed_in_a_row(history.runs))
        for run in list_newest_by_kind(history.runs).values():
            yield from _describe_ended(run, at)
    for model in (history.versions or [])[:MOST_VERSIONS]:
        yield from _describe_accuracy(model)


def _describe_statuses(statuses: StatusCounts) -> Iterator[Sample]:
    known = [str(state) for state in CorrectionState]
    numbers = Counter[str](dict.fromkeys([*known, "unknown"], 0))
    for count in statuses.values:
        is_known = isinstance(count.value, str) and count.value in known
        numbers[count.value if is_known else "unknown"] += count.documents
    numbers["none"] = statuses.without
    for status, number in numbers.items():
        yield Sample("redraw_corrections", number, (status,))


def _describe_accuracy(model: ModelVersion) -> Iterator[Sample]:
    if model.metrics is None:
        return
    of = {"clean": model.metrics.accuracy, "players": model.metrics.players_accuracy}
    for drawings, accuracy in of.items():
        if accuracy is not None:
            yield Sample("redraw_version_accuracy_ratio", accuracy, (model.version, drawings))


def _describe_ended(run: Run, at: datetime) -> Iterator[Sample]:
    yield Sample("redraw_last_run_outcome", 1, (run.kind, run.state))
    if run.ended_at is not None:
        yield Sample("redraw_last_run_end_age_seconds", _age(run.ended_at, at), (run.kind,))
    for state in RunState:
        if (seconds := run.seconds.get(state)) is not None:
            yield Sample("redraw_last_run_step_seconds", seconds, (run.kind, state))
    if run.kind is RunKind.RETRAIN:
        numbers = Counter[str]()
        for reason, number in run.counts.reasons.items():
            numbers[reason if reason in CORRECTION_REASONS else "other"] += number
        for reason, number in sorted(numbers.items()):
            yield Sample("redraw_last_run_corrections", number, (reason,))


def _age(since: datetime, at: datetime) -> float:
    """Return seconds, at least 0: the clock of this machine may be behind the server's."""
    return max(0.0, (at - since).total_seconds())
