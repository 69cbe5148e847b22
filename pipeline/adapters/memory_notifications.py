"""Notifications in dictionaries, for unit tests."""

import threading
import time
from collections.abc import Callable, Collection
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.adapters.memory_by_time import MemoryByTime
from pipeline.errors import NotFound
from pipeline.notifications.documents import (
    COLLECTION,
    add_attempt,
    advance,
    change_conditions,
    is_due,
    read_noticed,
    read_notification,
    take,
)
from pipeline.ports.notifications import Look
from pipeline.records.notifications import (
    Attempt,
    DeliveryStatus,
    Noticed,
    Notification,
    NotificationKind,
)
from pipeline.records.reading import Page, read_page


class MemoryNotifications:
    """A NotificationStore over the documents of notifications by id.

    Args:
        clock: the server's, in POSIX seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self.documents: dict[str, dict[str, Any]] = {}
        self.noticed: dict[str, Any] | None = None
        """The document `notification_state/noticed`."""
        self._lock = threading.RLock()

    def create(self, notification: Notification) -> bool:
        with self._lock:
            if notification.id in self.documents:
                return False
            self.documents[notification.id] = notification.document()
            return True

    def get(self, notification_id: str) -> Notification:
        with self._lock:
            if notification_id not in self.documents:
                raise NotFound(f"there is no notification {notification_id}")
            return read_notification(notification_id, self.documents[notification_id])

    def page(
        self,
        after: str | None = None,
        limit: int = 50,
        *,
        status: DeliveryStatus | None = None,
        kind: NotificationKind | None = None,
    ) -> Page[Notification]:
        newest = MemoryByTime(COLLECTION, "createdAt", Notification, read_notification)
        with self._lock:
            return newest.read_page(self.documents, after, limit, {"status": status, "kind": kind})

    def due(self, limit: int = 50) -> list[Notification]:
        found = [each for each in self._read_all() if is_due(each, self._now())]
        return sorted(found, key=lambda each: (each.next_attempt_at, each.id))[:limit]

    def claim(self, notification_id: str, seconds: float) -> Notification | None:
        with self._lock:
            if notification_id not in self.documents:
                return None
            taken = take(self.get(notification_id), self._now(), seconds)
            if taken is not None:
                self.documents[notification_id] |= taken.document()
            return taken

    def note(
        self,
        claimed: Notification,
        attempt: Attempt,
        status: DeliveryStatus,
        pause: float | None = None,
    ) -> Notification:
        with self._lock:
            again = None if pause is None else self._now() + timedelta(seconds=pause)
            changed = add_attempt(self.get(claimed.id), claimed, attempt, status, again)
            self.documents[claimed.id] |= changed.document()
            return changed

    def delete_before(self, time: datetime, limit: int = 500) -> int:
        with self._lock:
            old = [each.id for each in self._read_all() if each.created_at < time][:limit]
            for name in old:
                del self.documents[name]
            return len(old)

    def look(self) -> Look:
        with self._lock:
            return Look(read_noticed(deepcopy(self.noticed)), self._now())

    def note_looked(self, runs_until: datetime, runs: Collection[str], release_fence: int) -> None:
        with self._lock:
            self._write(advance(self.look().noticed, runs_until, runs, release_fence))

    def note_conditions(
        self, active: Collection[str], unknown: Collection[str] = ()
    ) -> dict[str, datetime]:
        with self._lock:
            noticed, now = self.look()
            conditions = change_conditions(noticed, active, unknown, now)
            self._write(noticed.model_copy(update={"conditions": conditions}))
            return conditions

    def _write(self, noticed: Noticed) -> None:
        self.noticed = {**(self.noticed or {}), **noticed.document()}

    def _read_all(self) -> list[Notification]:
        with self._lock:
            return read_page(self.documents.items(), read_notification).records

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.clock(), UTC)
