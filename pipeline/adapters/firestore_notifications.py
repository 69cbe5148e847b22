"""Notifications in Firestore, with Google's client.

Queries have one equality or one order, so that no composite index is needed.
"""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any, TypeVar

from google.api_core.exceptions import AlreadyExists
from google.cloud.firestore_v1.base_query import FieldFilter

from pipeline.adapters.firestore_by_time import ListedByTime
from pipeline.adapters.firestore_client import retry_policy, run_transaction, set_fields
from pipeline.adapters.google_errors import translate_errors
from pipeline.errors import NotFound
from pipeline.notifications.documents import (
    COLLECTION,
    NOTICED_PATH,
    add_attempt,
    advance,
    change_conditions,
    is_due,
    read_noticed,
    read_notification,
    take,
)
from pipeline.ports.notifications import Look
from pipeline.records.ids import is_valid_id
from pipeline.records.notifications import (
    Attempt,
    DeliveryStatus,
    Noticed,
    Notification,
    NotificationKind,
)
from pipeline.records.reading import MAX_NAMED, Page, read_page

MOST_WAITING = 200
"""Waiting notifications that one look reads."""

T = TypeVar("T")


class FirestoreNotifications:
    """A NotificationStore over `notifications/{id}` and `notification_state/noticed`."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._collection = client.collection(COLLECTION)
        self._newest = ListedByTime(
            client, self._collection, "createdAt", Notification, read_notification
        )
        self._noticed = client.document(NOTICED_PATH)

    def create(self, notification: Notification) -> bool:
        document = self._collection.document(notification.id)
        try:
            with translate_errors("Firestore"):
                document.create(notification.document(), retry=retry_policy())
        except AlreadyExists:
            return False
        return True

    def get(self, notification_id: str) -> Notification:
        return self._read(notification_id, None)[0]

    def page(
        self,
        after: str | None = None,
        limit: int = 50,
        *,
        status: DeliveryStatus | None = None,
        kind: NotificationKind | None = None,
    ) -> Page[Notification]:
        page = self._newest.read_page(after, limit, {"status": status, "kind": kind})
        timeless = [] if after is not None else self._newest.find_timeless()
        return page._replace(unreadable=[*page.unreadable, *timeless][:MAX_NAMED])

    def due(self, limit: int = 50) -> list[Notification]:
        waiting = self._collection.where(
            filter=FieldFilter("status", "==", str(DeliveryStatus.WAITING))
        ).limit(MOST_WAITING)
        with translate_errors("Firestore"):
            snapshots = list(waiting.stream(retry=retry_policy()))
        page = read_page(((each.id, each.to_dict()) for each in snapshots), read_notification)
        found = [each for each in page.records if is_due(each, snapshots[0].read_time)]
        return sorted(found, key=lambda each: (each.next_attempt_at, each.id))[:limit]

    def claim(self, notification_id: str, seconds: float) -> Notification | None:
        def write(transaction: Any) -> Notification | None:
            try:
                found, now = self._read(notification_id, transaction)
            except NotFound:
                return None
            taken = take(found, now, seconds)
            if taken is not None:
                changed = taken.changes(["next_attempt_at", "tries"])
                transaction.update(self._collection.document(notification_id), changed)
            return taken

        return self._transact(write)

    def note(
        self,
        claimed: Notification,
        attempt: Attempt,
        status: DeliveryStatus,
        pause: float | None = None,
    ) -> Notification:
        def write(transaction: Any) -> Notification:
            current, now = self._read(claimed.id, transaction)
            again = None if pause is None else now + timedelta(seconds=pause)
            changed = add_attempt(current, claimed, attempt, status, again)
            fields = changed.changes(["attempts", "status", "next_attempt_at"])
            transaction.update(self._collection.document(claimed.id), fields)
            return changed

        return self._transact(write)

    def delete_before(self, time: datetime, limit: int = 500) -> int:
        old = self._collection.where(filter=FieldFilter("createdAt", "<", time)).select([])
        with translate_errors("Firestore"):
            found = list(old.limit(limit).stream(retry=retry_policy()))
            batch = self._client.batch()
            for snapshot in found:
                batch.delete(snapshot.reference)
            if found:
                batch.commit(retry=retry_policy())
        return len(found)

    def look(self) -> Look:
        return self._look(None)

    def note_looked(self, runs_until: datetime, runs: Collection[str], release_fence: int) -> None:
        def write(transaction: Any) -> None:
            before = self._look(transaction).noticed
            noticed = advance(before, runs_until, runs, release_fence)
            if noticed != before:
                set_fields(transaction, self._noticed, noticed.document())

        self._transact(write)

    def note_conditions(
        self, active: Collection[str], unknown: Collection[str] = ()
    ) -> dict[str, datetime]:
        def write(transaction: Any) -> dict[str, datetime]:
            noticed, now = self._look(transaction)
            conditions = change_conditions(noticed, active, unknown, now)
            if conditions != noticed.conditions:
                changed: Noticed = noticed.model_copy(update={"conditions": conditions})
                set_fields(transaction, self._noticed, changed.document())
            return conditions

        return self._transact(write)

    def _transact(self, work: Callable[[Any], T]) -> T:
        return run_transaction(self._client, work)

    def _look(self, transaction: Any) -> Look:
        with translate_errors("Firestore"):
            snapshot = self._noticed.get(**_options(transaction))
        return Look(read_noticed(snapshot.to_dict()), snapshot.read_time)

    def _read(self, name: str, transaction: Any) -> tuple[Notification, datetime]:
        """Return a notification and the server's time.

        Raises:
            NotFound: there is none with this id.
            UnreadableDocument: see `read_notification`.
        """
        if is_valid_id(name):
            with translate_errors("Firestore"):
                snapshot = self._collection.document(name).get(**_options(transaction))
            if snapshot.exists:
                return read_notification(name, snapshot.to_dict()), snapshot.read_time
        raise NotFound(f"there is no notification {name}")


def _options(transaction: Any) -> dict[str, Any]:
    # A transaction without writes has the length 0, so it counts as false.
    return {"retry": retry_policy()} if transaction is None else {"transaction": transaction}
