"""Notify the owner: find what has happened, deliver it, and delete what is old."""

import logging
from datetime import timedelta

from pipeline.errors import NewerDocument
from pipeline.notifications.delivering import deliver_due
from pipeline.notifications.finding import find_notifications
from pipeline.ports import Ports
from pipeline.records.notifications import Notification
from pipeline.settings import Settings

log = logging.getLogger(__name__)
MOST_DELETED = 500


def notify(ports: Ports, settings: Settings) -> list[Notification]:
    """Do all three, and return the notifications that were tried, as they are now.

    Without an address nothing is done. Whatever is left undone, the next call does.
    """
    webhook = settings.webhook
    if webhook.url is None:
        return []
    try:
        found = find_notifications(ports, settings)
    except NewerDocument as error:
        log.warning("a newer Redraw finds what the owner is notified of: %s", error)
        return deliver_due(ports, webhook)
    if found:
        log.info("%d notifications are new", len(found))
    tried = deliver_due(ports, webhook)
    oldest = ports.notifications.look().at - timedelta(days=webhook.keep_days)
    while ports.notifications.delete_before(oldest, MOST_DELETED) == MOST_DELETED:
        pass
    return tried
