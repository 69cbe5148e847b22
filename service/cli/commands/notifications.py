"""The command that shows notifications, and sends one for a test."""

import click

from pipeline.formatting import escape_unprintable
from service.cli.commands.parameters import connect_project
from service.cli.commands.retraining import LIMIT


@click.command()
@click.option("--test", is_flag=True, help="Send one now, and say what the receiver answers.")
@click.option("--failed", is_flag=True, help="Only those that were given up.")
@LIMIT
def notifications(limit: int, *, test: bool, failed: bool) -> None:
    """List what the owner's receiver was told, the newest first, and how the delivery went."""
    from pipeline.errors import RedrawError
    from pipeline.notifications.delivering import send_test
    from pipeline.notifications.delivery_words import describe_delivery
    from pipeline.records.notifications import DeliveryStatus
    from service.cli.display import console, print_table, print_unreadable
    from service.cli.notification_display import notifications_table

    settings, ports = connect_project()
    if test:
        sent = send_test(ports, settings.webhook)
        click.echo(escape_unprintable(f"{sent.id}: {describe_delivery(sent)}"))
        if sent.status is not DeliveryStatus.DELIVERED:
            raise RedrawError(
                "the test did not arrive: compare REDRAW_WEBHOOK_URL and REDRAW_WEBHOOK_SECRET "
                "with the receiver's"
            )
        return
    status = DeliveryStatus.GIVEN_UP if failed else None
    page = ports.notifications.page(limit=limit, status=status)
    if not page.records and not page.unreadable:
        unset = "" if settings.webhook.url else "; REDRAW_WEBHOOK_URL is not set, so none is made"
        click.echo(f"there are no notifications{unset}")
        return
    print_table(notifications_table(page.records))
    print_unreadable(page.unreadable)
    if page.next_after is not None:
        console.print(f"there are more: --limit {2 * limit}")


COMMANDS = (notifications,)
