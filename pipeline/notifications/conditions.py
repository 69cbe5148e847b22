"""Find what is wrong, or waits for an owner, at present: conditions, which begin and end."""

from collections.abc import Callable, Collection, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from pipeline.errors import NotFound, RedrawError, UnreadableDocument
from pipeline.ports import Ports
from pipeline.records.corrections import CorrectionState
from pipeline.records.notifications import NotificationKind, NotificationReason
from pipeline.runs.trouble import is_paused
from pipeline.settings import Settings
from pipeline.versions.files import find_lost, list_files_of

WAITING = timedelta(minutes=15)
"""How long a run may be without a worker: longer than a lease, and than a worker takes to start."""
BRIEF = timedelta(minutes=10)
"""What may be repaired by itself, within minutes, is told after this time."""
HOUR = 3_600


class Condition(NamedTuple):
    """Something that is so at present.

    name: the check that found it, a colon, and what it is about.
    after: how long it is so before it is told.
    """

    name: str
    kind: NotificationKind
    reason: NotificationReason
    sentence: str
    link: str
    after: timedelta = timedelta(0)
    run_id: str | None = None
    version: str | None = None


class Situation(NamedTuple):
    """What the checks look at.

    known: the names of the conditions at the look before.
    at: the server's time.
    """

    ports: Ports
    settings: Settings
    known: Collection[str]
    at: datetime


class NotLooked(RedrawError):
    """A check was left out this time: what it found before stays."""


def check_slot(now: Situation) -> Iterator[Condition]:
    """Look at the run in the slot: dead, without a worker, or kept back by faults."""
    slot, run, dead = now.ports.runs.slot()
    if slot.run_id is None:
        return
    alarm, link = NotificationKind.ALARM, f"/v1/retrains/{slot.run_id}"
    if dead is not None or run is None:
        yield Condition(
            f"slot:dead:{slot.run_id}",
            alarm,
            NotificationReason.SLOT_DEAD,
            "The run in the slot can never go on, and no worker has freed the slot: is one "
            "running? `redraw doctor` says more.",
            link,
            BRIEF,
            slot.run_id,
        )
        return
    if run.trouble is not None:
        patience = timedelta(hours=now.settings.patience_hours)
        if slot.at - run.trouble.since >= patience / 2:
            yield Condition(
                f"slot:trouble:{run.id}",
                alarm,
                NotificationReason.RUN_IN_TROUBLE,
                f"Faults have kept a run from getting further {run.trouble.times} times; after "
                f"{now.settings.patience_hours:g} hours it fails. `redraw runs {run.id}` "
                "says what they are.",
                link,
                run_id=run.id,
            )
    written = run.updated_at or run.requested_at
    idle = slot.at - max(run.requested_at, written, slot.until)
    if not slot.live and not is_paused(run, slot.at) and idle >= WAITING:
        yield Condition(
            f"slot:waits:{run.id}",
            alarm,
            NotificationReason.RUN_WAITS,
            "A run waits, and no worker executes it: start a worker, or look at its log.",
            link,
            run_id=run.id,
        )


def check_release(now: Situation) -> Iterator[Condition]:
    """Look whether there is a release, and whether its files are in Storage."""
    models, alarm = now.ports.models, NotificationKind.ALARM
    try:
        release = models.release()
        none = release is None and models.has_ready()
    except UnreadableDocument:
        release, none = None, True
    if none:
        yield Condition(
            "release:none",
            alarm,
            NotificationReason.NO_RELEASE,
            "Nothing is released, although versions are ready: `redraw promote VERSION` releases "
            "one.",
            "/v1/models",
            BRIEF,
        )
    if release is None:
        return
    try:
        version = models.get(release.version)
        lost = find_lost(version, list_files_of(release.version, now.ports.artefacts))
    except (NotFound, UnreadableDocument):
        lost = ["its document is missing, or cannot be read"]
    if lost:
        yield Condition(
            f"release:files:{release.version}",
            alarm,
            NotificationReason.FILES_MISSING,
            f"Games cannot load the released version {release.version}: {lost[0]}. `redraw doctor` "
            "says more; `redraw promote VERSION` releases another one.",
            f"/v1/models/{release.version}",
            version=release.version,
        )


def check_quarantined(now: Situation) -> Iterator[Condition]:
    """Count the quarantined corrections. It ends at half of the number at which it begins."""
    fewest = now.settings.webhook.quarantined
    if "quarantined:" in now.known:
        fewest = (fewest + 1) // 2
    counts = now.ports.corrections.count_statuses().values
    found = sum(each.documents for each in counts if each.value == CorrectionState.QUARANTINED)
    if found >= fewest:
        yield Condition(
            "quarantined:",
            NotificationKind.DECISION_NEEDED,
            NotificationReason.QUARANTINED,
            f"{found:,} corrections are quarantined: decide whether they are right. "
            "`redraw corrections` lists them.",
            "/v1/corrections",
        )


def check_pending(now: Situation) -> Iterator[Condition]:
    """Look, once an hour, how long a correction has been pending; that reads up to 100 of them.

    Raises:
        NotLooked: it is not the time.
    """
    webhook = now.settings.webhook
    if now.at.timestamp() % HOUR >= max(webhook.check_seconds, 60):
        raise NotLooked("corrections are looked at once an hour")
    patience = timedelta(hours=webhook.pending_hours)
    since = now.ports.corrections.pending_since(now.at - patience)
    if since is not None and since <= now.at - patience:
        yield Condition(
            "pending:",
            NotificationKind.ALARM,
            NotificationReason.OLDEST_PENDING,
            f"A correction has been pending for more than {webhook.pending_hours:g} hours: no run "
            "merges what players send. `redraw runs` shows whether runs start and how they end.",
            "/v1/corrections?state=pending",
        )


def check_trial(now: Situation) -> Iterator[Condition]:
    """Look whether the open trial can be read."""
    try:
        now.ports.trials.current()
    except UnreadableDocument:
        yield Condition(
            "trial:unreadable",
            NotificationKind.DECISION_NEEDED,
            NotificationReason.TRIAL_UNREADABLE,
            "The release names a trial that cannot be read: the next run clears it, or `redraw "
            "trial stop`.",
            "/v1/trials",
            BRIEF,
        )


CHECKS: dict[str, Callable[[Situation], Iterator[Condition]]] = {
    "slot": check_slot,
    "release": check_release,
    "quarantined": check_quarantined,
    "pending": check_pending,
    "trial": check_trial,
}
"""By the word before the colon in the names of what they find."""
