"""Deliver notifications: sign, post, record how it went, and when it is tried again."""

import json
import logging
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from pipeline.errors import NewerDocument, NotFound, NoWebhook, UnreadableDocument
from pipeline.notifications.sending import GONE, SECONDS, Outcome, post
from pipeline.ports import Ports
from pipeline.records.notifications import (
    Attempt,
    DeliveryStatus,
    Event,
    Notification,
    NotificationKind,
    NotificationReason,
)
from pipeline.service_settings import WebhookSettings
from pipeline.signing.webhooks import sign_webhook

log = logging.getLogger(__name__)

PAUSES = (60, 300, 900, 3_600, 7_200, 14_400, 28_800, 43_200)
"""Seconds after each failed attempt; together about 27 hours."""
LONGEST_PAUSE = 86_400
LATEST = timedelta(days=2)
"""What could not be tried for so long, as no worker ran, is given up: it is no news any more."""
CLAIM_SECONDS = 60.0
"""After so long another process tries what a dead one was trying."""
MOST_FAILURES = 3
"""Failures in a row after which a look at what is due ends: the receiver is probably down."""

Post = Callable[[str, dict[str, str], bytes, float], Outcome]


def deliver_due(ports: Ports, webhook: WebhookSettings, post: Post = post) -> list[Notification]:
    """Try all notifications that are due, and return those that were tried, as they are now."""
    if webhook.url is None:
        return []
    tried: list[Notification] = []
    failures = 0
    for due in ports.notifications.due():
        delivered = deliver(due.id, ports, webhook, post)
        if delivered is None:
            continue
        tried.append(delivered)
        failures = 0 if delivered.status is DeliveryStatus.DELIVERED else failures + 1
        if failures == MOST_FAILURES:
            break
    return tried


def deliver(
    notification_id: str,
    ports: Ports,
    webhook: WebhookSettings,
    post: Post = post,
    seconds: float = SECONDS,
) -> Notification | None:
    """Try to deliver a notification if it is due, and return it as it is now; None if it is not.

    Raises:
        NoWebhook: there is no address.
    """
    if webhook.url is None:
        raise NoWebhook(
            "notifications are not set up: set REDRAW_WEBHOOK_URL and REDRAW_WEBHOOK_SECRET"
        )
    claimed = ports.notifications.claim(notification_id, CLAIM_SECONDS)
    if claimed is None:
        return None
    now = datetime.now(UTC)
    if now - claimed.created_at > LATEST:
        outcome = Outcome(0, error="it could not be tried for two days")
    else:
        body = write_body(claimed)
        headers = sign_webhook(webhook.keys, claimed.id, int(now.timestamp()), body)
        outcome = post(webhook.url.get_secret_value(), headers, body, seconds)
    attempt = Attempt(at=now, seconds=outcome.seconds, code=outcome.code, error=outcome.error)
    pause = find_pause(claimed, outcome, now)
    if outcome.error is None:
        status = DeliveryStatus.DELIVERED
    else:
        status = DeliveryStatus.GIVEN_UP if pause is None else DeliveryStatus.WAITING
        log.warning("notification %s, try %d: %s", claimed.id, claimed.tries, outcome.error)
    try:
        return ports.notifications.note(claimed, attempt, status, pause)
    except (
        NotFound,
        UnreadableDocument,
        NewerDocument,
    ) as error:  # it was deleted, or edited, meanwhile
        log.warning("notification %s: %s", claimed.id, error)
        return None


def find_pause(claimed: Notification, outcome: Outcome, now: datetime) -> float | None:
    """Return the seconds until the next attempt; None if there is none."""
    if outcome.error is None or outcome.code == GONE or claimed.kind is NotificationKind.TEST:
        return None
    if claimed.tries > len(PAUSES) or now - claimed.created_at > LATEST:
        return None
    asked = min(outcome.retry_after or 0, LONGEST_PAUSE)
    return float(max(PAUSES[claimed.tries - 1], asked))


def send_test(
    ports: Ports, webhook: WebhookSettings, post: Post = post, seconds: float = SECONDS
) -> Notification:
    """Make a notification of the kind `test`, try to deliver it once, and return it.

    It takes the same way as any other one, but is not tried again.

    Raises:
        NoWebhook: there is no address.
    """
    if webhook.url is None:
        raise NoWebhook(
            "notifications are not set up: set REDRAW_WEBHOOK_URL and REDRAW_WEBHOOK_SECRET"
        )
    now = ports.notifications.look().at
    event = Event(
        NotificationKind.TEST,
        NotificationReason.TEST,
        secrets.token_hex(16),
        now,
        "This is a test: notifications of Redraw arrive here.",
        "/v1/notifications",
    )
    made = Notification.of(event, now)
    ports.notifications.create(made)
    # A worker may have found it in between: then that one tries it, and records how it went.
    return deliver(made.id, ports, webhook, post, seconds) or ports.notifications.get(made.id)


def write_body(notification: Notification) -> bytes:
    """Return what is posted: JSON, the same bytes at each attempt. It holds no personal data."""
    fields = notification.model_dump(
        mode="json",
        by_alias=True,
        include={"id", "kind", "reason", "at", "sentence", "run_id", "version", "link"},
    )
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
