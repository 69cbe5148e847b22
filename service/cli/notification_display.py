"""Show notifications in the terminal."""

from collections.abc import Sequence

from rich.table import Table

from pipeline.notifications.delivery_words import describe_delivery
from pipeline.records.notifications import Notification
from pipeline.runs.slot import format_time
from service.cli.display import make_table


def notifications_table(notifications: Sequence[Notification]) -> Table:
    """Return a table with one line for each notification."""
    return make_table(
        ("at", "kind", "what", "delivery"),
        [
            (format_time(each.at), each.kind, each.sentence, describe_delivery(each))
            for each in notifications
        ],
    )
