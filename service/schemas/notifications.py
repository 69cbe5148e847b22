"""Bodies about notifications."""

from pydantic import Field

from pipeline.records.notifications import Notification
from pipeline.records.reading import Unreadable
from service.schemas.base import Body


class NotificationList(Body):
    """Notifications, the newest first."""

    notifications: list[Notification]
    next: str | None = Field(
        None, description="Send it as `after` for the next page; null on the last one."
    )
    unreadable: list[Unreadable] = Field(
        description="Documents that cannot be read, and are left out of the list."
    )
