"""The port to the notifications, and to what was noticed."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple, Protocol

from pipeline.records.notifications import (
    Attempt,
    DeliveryStatus,
    Noticed,
    Notification,
    NotificationKind,
)
from pipeline.records.reading import Page


class Look(NamedTuple):
    """What was noticed until now, and the server's time."""

    noticed: Noticed
    at: datetime


class NotificationStore(Protocol):
    """The collection `notifications`: an outbox, whose documents keep how the delivery went.

    Documents can be edited in Firebase's console: what cannot be read is named in lists, is not
    delivered, and stops nothing.
    """

    def create(self, notification: Notification) -> bool:
        """Record a notification; return False, and change nothing, if its id is there already."""

    def get(self, notification_id: str) -> Notification:
        """Return a notification.

        Raises:
            NotFound: there is none with this id.
            UnreadableDocument: its document is not as Redraw writes it.
        """

    def page(
        self,
        after: str | None = None,
        limit: int = 50,
        *,
        status: DeliveryStatus | None = None,
        kind: NotificationKind | None = None,
    ) -> Page[Notification]:
        """Return notifications, the newest first, and name those that cannot be read.

        Args:
            after: start behind this place: the `next_after` of the page before.
            limit: the largest number to return.
            status: only those of this status.
            kind: only those of this kind.

        Raises:
            InvalidPlace: `after` is no place.
        """

    def due(self, limit: int = 50) -> list[Notification]:
        """Return waiting notifications whose next attempt is due, the one due longest first."""

    def claim(self, notification_id: str, seconds: float) -> Notification | None:
        """Take a notification for one attempt that takes `seconds` at most, and count the try.

        Returns:
            The notification as it is now. None if it is not due: another process has it, or its
            delivery has ended.
        """

    def note(
        self,
        claimed: Notification,
        attempt: Attempt,
        status: DeliveryStatus,
        pause: float | None = None,
    ) -> Notification:
        """Record an attempt, and return the notification as it is now.

        Args:
            claimed: as `claim` returned it. If another process has claimed it since, the attempt is
                recorded, and the rest is left to that process; but what is delivered stays so.
            attempt: how it went.
            status: of the delivery now.
            pause: seconds until the next attempt; None unless the status is `waiting`.
        """

    def delete_before(self, time: datetime, limit: int = 500) -> int:
        """Delete notifications that were created before `time`; return how many, at most `limit`.

        One that waits is deleted too.
        """

    def look(self) -> Look:
        """Return what was noticed until now."""

    def note_looked(self, runs_until: datetime, runs: Collection[str], release_fence: int) -> None:
        """Record up to where runs and releases were noticed. It never goes back."""

    def note_conditions(
        self, active: Collection[str], unknown: Collection[str] = ()
    ) -> dict[str, datetime]:
        """Record what is wrong at present, and return since when each of them is.

        Args:
            active: names. One that was noticed before keeps its time, others get the server's.
            unknown: words before the colon of names that could not be looked at: what was noticed
                of these stays.
        """
