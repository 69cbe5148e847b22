"""Read the state of the project for `/metrics`, in parts that cost differently much.

`docs/costs.md` says what each part reads from Firestore.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from pipeline.errors import Unavailable
from pipeline.ports import Ports
from pipeline.records.corrections import Answers, StatusCounts
from pipeline.records.notifications import DeliveryStatus
from pipeline.records.runs import Run, RunKind, RunState
from pipeline.records.slot import SlotStatus
from pipeline.records.versions import ModelVersion, Release
from pipeline.settings import Settings
from pipeline.versions.files import find_lost, list_files_of
from service.metrics.attempts import Attempts
from service.metrics.families import MOST_NOTIFICATIONS, MOST_VERSIONS

NO_VERSION = "v0.0.0"
"""Of it there are no files."""
NEWEST_RUNS = 20
"""Runs that are read to find the newest one of each kind, and how many failed in a row."""
OLDEST_SECONDS = 3600.0
"""How long a correction that waits longest is relied on while nothing has been settled."""


@dataclass(frozen=True)
class Now:
    """What changes at any moment.

    slot, release: None if it could not be read. released: whether the release names a version;
    None likewise.
    """

    slot: SlotStatus | None
    release: Release | None
    released: bool | None
    attempts: Attempts

    @property
    def key(self) -> tuple[object, ...]:
        """What the other parts depend on: it changes with each run, each claim, each release."""
        return make_key(self.slot, self.release)


def make_key(status: SlotStatus | None, release: Release | None) -> tuple[object, ...]:
    """Return the key of a state, see `Now`."""
    slot = status.slot if status else None
    return (slot and (slot.run_id, slot.fence), release and release.fence)


@dataclass(frozen=True)
class Pending:
    """What waits for a run. since: when the oldest became pending; None if none is known."""

    number: int | None
    since: datetime | None
    attempts: Attempts


@dataclass(frozen=True)
class History:
    """What changes with each run. A field is None if it could not be read."""

    statuses: StatusCounts | None
    run_counts: Mapping[RunState, int] | None
    runs: list[Run] | None
    versions: list[ModelVersion] | None
    answers: Mapping[str, Answers] | None
    notifications: Mapping[DeliveryStatus, int] | None
    attempts: Attempts


@dataclass(frozen=True)
class Files:
    """How many files of the release Storage lacks; None if that could not be found out."""

    lost: int | None
    attempts: Attempts


def read_now(ports: Ports) -> Now:
    """Read the slot and the release."""
    attempts = Attempts()
    slot = attempts.read_subject("slot", ports.runs.slot)
    release = attempts.read_subject("release", ports.models.release)
    released = release is not None if "release" in attempts.read else None
    return Now(slot, release, released, attempts)


class _Oldest(NamedTuple):
    since: datetime
    key: object
    read_at: datetime


class PendingReader:
    """Read how many corrections are pending, and since when the oldest one has been.

    To find the oldest one, up to a hundred documents are read. It stays the oldest until a run has
    settled it, so it is looked for after each run, and each hour.
    """

    def __init__(self, ports: Ports) -> None:
        self._corrections = ports.corrections
        self._oldest: _Oldest | None = None
        self.key: object = None
        """The key of the state, see `Now`."""

    def __call__(self) -> Pending:
        """Return what is pending."""
        attempts = Attempts()
        number = attempts.read_subject("pending", self._corrections.count_pending)
        if number:
            since = attempts.read_subject("oldest_pending", self._find_oldest)
        else:
            since = self._oldest = None
            if number == 0:
                attempts.read.append("oldest_pending")
        return Pending(number, since, attempts)

    def _find_oldest(self) -> datetime | None:
        now, known = datetime.now(UTC), self._oldest
        if (
            known is not None
            and known.key == self.key
            and (now - known.read_at).total_seconds() < OLDEST_SECONDS
        ):
            return known.since
        since = self._corrections.pending_since(now)
        self._oldest = None if since is None else _Oldest(since, self.key, now)
        return since


def read_history(ports: Ports, settings: Settings, release: Release | None) -> History:
    """Read what changes with each run."""
    attempts = Attempts()
    page = attempts.read_subject("versions", lambda: ports.models.page(limit=MOST_VERSIONS))
    return History(
        attempts.read_subject("corrections", ports.corrections.count_statuses),
        attempts.read_subject("run_counts", ports.runs.count_states),
        attempts.read_subject("runs", lambda: ports.runs.list(NEWEST_RUNS)),
        page and page.records,
        attempts.read_subject("answers", lambda: _count_answers(ports, settings, release)),
        attempts.read_subject("notifications", lambda: _count_notifications(ports, settings)),
        attempts,
    )


def _count_answers(ports: Ports, settings: Settings, release: Release | None) -> dict[str, Answers]:
    """Count the newest answers to each version that players may have."""
    if release is None:
        return {}
    end = datetime.now(UTC)
    start = end - timedelta(hours=settings.trigger.drift_window_hours)
    tried = release.trial.version if release.trial else None
    names = dict.fromkeys(
        name for name in (release.version, release.previous, tried) if name is not None
    )
    return {
        name: ports.corrections.answers(name, start, end, settings.categories) for name in names
    }


def _count_notifications(ports: Ports, settings: Settings) -> dict[DeliveryStatus, int]:
    """Count the newest notifications by status; without a receiver there are none."""
    if settings.webhook.url is None:
        return {}
    newest = ports.notifications.page(limit=MOST_NOTIFICATIONS).records
    numbers = Counter(notification.status for notification in newest)
    return {status: numbers[status] for status in DeliveryStatus}


def read_files(ports: Ports, version: str | None) -> Files:
    """Compare the files of a version with those in Storage."""
    attempts = Attempts()

    def count_lost() -> int | None:
        # Without a release Storage is asked too: whether it answers is a metric of its own.
        stored = list_files_of(version or NO_VERSION, ports.artefacts)
        if version is None:
            return None
        try:
            return len(find_lost(ports.models.get(version), stored))
        except Unavailable:
            return None  # Firestore does not answer, which is not Storage's fault

    return Files(attempts.read_subject("files", count_lost), attempts)


def list_newest_by_kind(runs: list[Run]) -> dict[RunKind, Run]:
    """Return the newest run of each kind that has ended; `runs` begins with the newest."""
    newest: dict[RunKind, Run] = {}
    for run in runs:
        if run.state.ended:
            newest.setdefault(run.kind, run)
    return newest


def count_failed_in_a_row(runs: list[Run]) -> int:
    """Return how many of the newest runs that have ended failed; cancelled ones do not count."""
    number = 0
    for run in runs:
        if not run.state.ended or run.state is RunState.CANCELLED:
            continue
        if run.state is not RunState.FAILED:
            break
        number += 1
    return number
