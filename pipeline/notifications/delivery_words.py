"""Say in words how the delivery of a notification goes."""

from pipeline.records.notifications import DeliveryStatus, Notification
from pipeline.runs.slot import format_time


def describe_delivery(notification: Notification) -> str:
    """Return how far the delivery is, and what the receiver answered last."""
    last = notification.attempts[-1] if notification.attempts else None
    if notification.status is DeliveryStatus.DELIVERED:
        code = "" if last is None or last.code is None else f", the receiver answered {last.code}"
        return f"delivered{code}"
    why = "" if last is None or last.error is None else f": {last.error}"
    if notification.next_attempt_at is not None:
        return f"waits until {format_time(notification.next_attempt_at)}{why}"
    return f"given up after {notification.tries} tries{why}"
