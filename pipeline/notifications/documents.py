"""Read the documents of notifications, and say how a delivery changes them."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from pipeline.errors import UnreadableDocument
from pipeline.records.notifications import Attempt, DeliveryStatus, Noticed, Notification
from pipeline.records.reading import note_unreadable, read_record

COLLECTION = "notifications"
NOTICED_PATH = "notification_state/noticed"
MOST_ATTEMPTS = 10
"""Attempts that a document keeps, the newest ones."""
MOST_NOTICED = 100
"""Runs that are remembered as noticed."""
MOST_CONDITIONS = 50


def read_notification(name: str, fields: Mapping[str, Any]) -> Notification:
    """Return the notification in the document `notifications/{name}`.

    Raises:
        UnreadableDocument: it is not as Redraw writes it.
    """
    return read_record(Notification, f"{COLLECTION}/{name}", fields, "id")


def read_noticed(fields: Mapping[str, Any] | None) -> Noticed:
    """Return what was noticed; from a document that cannot be read, as before the first look."""
    try:
        return Noticed() if fields is None else read_record(Noticed, NOTICED_PATH, fields)
    except UnreadableDocument as error:
        note_unreadable(error.path, error.problem)
        return Noticed()


def is_due(notification: Notification, now: datetime) -> bool:
    """Return whether a notification waits, and its next attempt is due."""
    at = notification.next_attempt_at
    return notification.status is DeliveryStatus.WAITING and at is not None and at <= now


def take(notification: Notification, now: datetime, seconds: float) -> Notification | None:
    """Return the notification as taken for an attempt; None if it is not due.

    If its process dies, it is due again after `seconds`.
    """
    if not is_due(notification, now):
        return None
    until = now + timedelta(seconds=seconds)
    return notification.model_copy(
        update={"next_attempt_at": until, "tries": notification.tries + 1}
    )


def add_attempt(
    current: Notification,
    claimed: Notification,
    attempt: Attempt,
    status: DeliveryStatus,
    next_attempt_at: datetime | None,
) -> Notification:
    """Return the notification with an attempt; see `NotificationStore.note`.

    What another process has done since `claimed` stays, unless the receiver has it now.
    """
    changes: dict[str, Any] = {"attempts": [*current.attempts, attempt][-MOST_ATTEMPTS:]}
    ours = (current.tries, current.status) == (claimed.tries, DeliveryStatus.WAITING)
    if ours or (status is DeliveryStatus.DELIVERED and current.status is not status):
        changes |= {"status": status, "next_attempt_at": next_attempt_at}
    return current.model_copy(update=changes)


def advance(
    noticed: Noticed, runs_until: datetime, runs: Collection[str], release_fence: int
) -> Noticed:
    """Return what was noticed after another look; it never goes back."""
    before = noticed.runs_until
    return noticed.model_copy(
        update={
            "runs_until": runs_until if before is None else max(before, runs_until),
            "runs": list(dict.fromkeys([*noticed.runs, *runs]))[-MOST_NOTICED:],
            "release_fence": max(noticed.release_fence, release_fence),
        }
    )


def change_conditions(
    noticed: Noticed, active: Collection[str], unknown: Collection[str], now: datetime
) -> dict[str, datetime]:
    """Return what is wrong now, and since when; see `NotificationStore.note_conditions`."""
    known = noticed.conditions
    kept = {name for name in known if name.partition(":")[0] in unknown}
    names = sorted({*active, *kept})[:MOST_CONDITIONS]
    return {name: known.get(name, now) for name in names}
