"""The command that signs an owner in at the pages without typing the key."""

import click

from pipeline.errors import InvalidSettings


@click.command("link")
@click.option(
    "--address",
    help="Where a browser finds the service, such as https://redraw.example; default: this machine,"
    " at REDRAW_PORT.",
)
def link(address: str | None) -> None:
    """Print a link that signs its bearer in at the pages as an owner, for ten minutes.

    It stands for the API key, so this process and the service need the same REDRAW_API_KEY.
    """
    from pipeline.settings_reading import load_settings
    from service.cli.page_addresses import find_pages, link_to

    settings = load_settings()
    if settings.api_key is None:
        raise InvalidSettings(
            "REDRAW_API_KEY is not set: set it to what the service has; `redraw up` prints a link"
        )
    click.echo(
        find_pages(settings, settings.port).link
        if address is None
        else link_to(settings, address.rstrip("/"))
    )


COMMANDS = (link,)
