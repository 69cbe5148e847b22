"""The commands to release a version, to go back, and to see which version was live when."""

import click

from pipeline.formatting import escape_unprintable
from pipeline.records.versions import Release
from service.cli.commands.parameters import connect_project
from service.cli.commands.retraining import LIMIT

WHY = click.option("--why", metavar="TEXT", help="The reason, which the history of releases keeps.")


@click.command()
@click.argument("version")
@WHY
def promote(version: str, why: str | None) -> None:
    """Release a version; releasing an older one is a rollback."""
    from pipeline.records.versions import VersionNumber
    from pipeline.versions.promotion import promote_version

    VersionNumber.parse(version)
    _, ports = connect_project()
    _say(promote_version(version, ports, by="owner", why=why or "an owner released it"))


@click.command()
@WHY
def rollback(why: str | None) -> None:
    """Release the version that was released before the present one.

    Withdrawn versions are passed over. Called again, it goes further back.
    """
    from pipeline.versions.rollback import roll_back

    _, ports = connect_project()
    _say(roll_back(ports, by="owner", why=why))


def _say(release: Release) -> None:
    before = escape_unprintable(release.previous or "nothing")
    click.echo(f"{release.version} is released; before it: {before}")


@click.command()
@LIMIT
def releases(limit: int) -> None:
    """List which version was live when, by whom, and why; the newest first."""
    from pipeline.versions.periods import list_periods
    from service.cli.display import console, print_table, print_unreadable
    from service.cli.release_display import periods_table

    _, ports = connect_project()
    page = list_periods(ports.models, limit=limit)
    print_table(periods_table(page.records))
    print_unreadable(page.unreadable)
    if page.next_after is not None:
        console.print(f"there are more: --limit {2 * limit}")


@click.command()
@click.option("--preview", is_flag=True, help="Say what would be done, and do nothing.")
def tidy(*, preview: bool) -> None:
    """Finish, or give up, versions whose publication was interrupted and that no run continues.

    Workers do the same every ten minutes.
    """
    from pipeline.versions.janitor import look_at_leftovers, tidy_versions

    _, ports = connect_project()
    found = look_at_leftovers(ports) if preview else tidy_versions(ports)
    for leftover in found:
        click.echo(escape_unprintable(f"{leftover.version}: {leftover.action}, {leftover.why}"))
    if not found:
        click.echo("no publication was interrupted")


COMMANDS = (promote, rollback, releases, tidy)
