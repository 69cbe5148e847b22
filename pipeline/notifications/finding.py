"""Find what has happened since the last look, and record each event once.

What happened is read from the documents that record it anyway, so nothing is lost when a process
dies: the next look finds it. The id of a notification follows from the event, so two looks make
one document.
"""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from pipeline.errors import NewerDocument, RedrawError, UnreadableDocument
from pipeline.notifications.conditions import CHECKS, Condition, NotLooked, Situation
from pipeline.notifications.events import find_rollback, find_run_events
from pipeline.ports import Ports
from pipeline.records.notifications import Event, Noticed, Notification
from pipeline.records.runs import Run
from pipeline.records.versions import Release
from pipeline.settings import Settings

log = logging.getLogger(__name__)

OVERLAP = timedelta(minutes=2)
"""Runs that ended so long before the newest one are looked at again: a transaction may be slow."""
PAGE = 50


def find_notifications(ports: Ports, settings: Settings) -> list[Notification]:
    """Record what has happened since the last look, and return what is new.

    The first look of a project records nothing of its past, only what is wrong at present.
    """
    webhook = settings.webhook
    if webhook.url is None:
        return []
    noticed, at = ports.notifications.look()
    release = _read_release(ports)
    fence = 0 if release is None else release.fence
    events: list[Event] = []
    first = noticed.runs_until is None
    ended = list(_find_ended(ports, noticed, noticed.runs_until or at))
    if not first:
        on_trial = release.trial.version if release is not None and release.trial else None
        for run in ended:
            events += find_run_events(run, at, on_trial)
        if fence > noticed.release_fence:
            events += _find_rollbacks(ports, noticed.release_fence)
    events += _find_conditions(Situation(ports, settings, noticed.conditions, at))
    made = [Notification.of(event, at) for event in events if event.kind in webhook.kinds]
    new = [each for each in made if ports.notifications.create(each)]
    # Last: if the process dies before, the next look finds the same, and makes what is missing.
    # An edited document may name a time to come; up to there, nothing would be noticed any more.
    until = max((run.updated_at for run in ended if run.updated_at is not None), default=None)
    if first or ended or fence > noticed.release_fence:
        ports.notifications.note_looked(
            min(until or noticed.runs_until or at, at), [run.id for run in ended], fence
        )
    return new


def _find_ended(ports: Ports, noticed: Noticed, until: datetime) -> Iterator[Run]:
    """Yield the runs that have ended since `until`, or shortly before, and were not noticed."""
    since: datetime | None = until - OVERLAP
    seen = set(noticed.runs)
    while since is not None:
        page = ports.runs.written_since(since, PAGE)
        for run in page.records:
            if run.state.ended and run.id not in seen:
                seen.add(run.id)
                yield run
        full = len(page.records) + len(page.unreadable) >= PAGE
        newest = page.records[-1].updated_at if page.records else None
        since = newest if full and newest is not None and newest > since else None


def _find_rollbacks(ports: Ports, fence: int) -> Iterator[Event]:
    """Yield the rollbacks above a fence, from new to old."""
    after: str | None = None
    while True:
        page = ports.models.history(after, PAGE)
        for change in page.records:
            if change.fence <= fence:
                return
            event = find_rollback(change)
            if event is not None:
                yield event
        after = page.next_after
        if after is None:
            return


def _find_conditions(situation: Situation) -> Iterator[Event]:
    """Yield the events of the conditions that have lasted long enough to be told."""
    found: list[Condition] = []
    unknown: list[str] = []
    for word, check in CHECKS.items():
        try:
            found += list(check(situation))
        except NotLooked:
            unknown.append(word)
        except RedrawError as error:
            log.warning("%s: it cannot be looked at: %s", word, error)
            unknown.append(word)
    names = [condition.name for condition in found]
    since = situation.ports.notifications.note_conditions(names, unknown)
    for condition in found:
        began = since.get(condition.name)
        # One that began with this look began a moment after `at`.
        if began is not None and max(situation.at, began) - began >= condition.after:
            yield _tell(condition, began)


def _tell(condition: Condition, began: datetime) -> Event:
    return Event(
        condition.kind,
        condition.reason,
        f"{condition.name} {began.isoformat()}",
        began,
        condition.sentence,
        condition.link,
        condition.run_id,
        condition.version,
    )


def _read_release(ports: Ports) -> Release | None:
    try:
        return ports.models.release()
    except (UnreadableDocument, NewerDocument):
        return None  # a condition tells it
