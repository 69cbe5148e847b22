"""Show which notifications were sent, and send one for a test."""

import logging
from typing import Annotated

from fastapi import Path, Query

from pipeline.notifications.delivering import send_test
from pipeline.records.notifications import DeliveryStatus, Notification, NotificationKind
from service.access.roles import Owner
from service.backends.budget import leave_budget
from service.contract.routers import make_router
from service.http.problems import (
    INVALID_REQUEST,
    NO_WEBHOOK,
    NOT_FOUND,
    NOT_OWNER,
    UNAUTHENTICATED,
    UNAVAILABLE,
    UNREADABLE,
    problem_responses,
)
from service.schemas.lists import AfterPlace, Limit
from service.schemas.notifications import NotificationList
from service.wiring import Wired

TEST_SECONDS = 5.0
"""How long a test waits for the receiver; a worker waits for longer."""

router = make_router(prefix="/v1/notifications", tags=["notifications"])
log = logging.getLogger(__name__)


@router.get(
    "",
    summary="List notifications",
    response_description="The notifications, the newest first.",
    responses=problem_responses(UNAUTHENTICATED, NOT_OWNER, INVALID_REQUEST, UNAVAILABLE),
)
def list_notifications(
    wiring: Wired,
    _owner: Owner,
    status: Annotated[
        DeliveryStatus | None, Query(description="Only those whose delivery is so far.")
    ] = None,
    kind: Annotated[NotificationKind | None, Query(description="Only those of this kind.")] = None,
    after: AfterPlace = None,
    limit: Limit = 50,
) -> NotificationList:
    """Return what was told, or is still to be told, with the attempts to deliver it."""
    page = wiring.ports.notifications.page(after, limit, status=status, kind=kind)
    return NotificationList(
        notifications=page.records, next=page.next_after, unreadable=page.unreadable
    )


@router.get(
    "/{notification_id}",
    summary="Look at a notification",
    response_description="The notification.",
    responses=problem_responses(
        UNAUTHENTICATED, NOT_OWNER, NOT_FOUND, UNREADABLE, INVALID_REQUEST, UNAVAILABLE
    ),
)
def get_notification(
    wiring: Wired,
    _owner: Owner,
    notification_id: Annotated[
        str,
        Path(
            pattern="^msg_[0-9a-f]{32}$",
            description="The id, which the receiver gets as `webhook-id`.",
            examples=["msg_0567b70eec74447d5559dab4c5f76669"],
        ),
    ],
) -> Notification:
    """Return what it says, and each attempt to deliver it with the receiver's answer."""
    return wiring.ports.notifications.get(notification_id)


@router.post(
    "/test",
    summary="Send a notification for a test",
    response_description="The notification; `attempts` says what the receiver answered.",
    responses=problem_responses(UNAUTHENTICATED, NOT_OWNER, NO_WEBHOOK, UNAVAILABLE),
)
def send_test_notification(wiring: Wired, owner: Owner) -> Notification:
    """Send a real notification of the kind `test` to the receiver, and wait for its answer.

    It is signed and recorded as any other one, and tried once. Its status is `delivered` if the
    receiver has answered 2xx within five seconds.
    """
    leave_budget()  # the receiver is no service behind this one, and may take longer than these
    sent = send_test(wiring.ports, wiring.settings.webhook, seconds=TEST_SECONDS)
    log.info("%s sent notification %s for a test: %s", owner, sent.id, sent.status)
    return sent
