"""Bodies about notifications."""

from pydantic import Field

from pipeline.records.notifications import Notification
from pipeline.records.reading import Unreadable
from service.schemas.lists import Paged


class NotificationList(Paged):
    """Notifications, the newest first."""

    notifications: list[Notification]
    unreadable: list[Unreadable] = Field(
        description="Documents that cannot be read, and are left out of the list."
    )
