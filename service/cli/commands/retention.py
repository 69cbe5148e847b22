"""The commands that remove: withdraw a version, and delete what nothing needs any more."""

from contextlib import nullcontext

import click

from service.cli.commands.parameters import connect_project


@click.command()
@click.argument("version")
@click.option("--why", metavar="TEXT", help="The reason, in a line, which the version keeps.")
def withdraw(version: str, why: str | None) -> None:
    """Withdraw VERSION, so that it is never released again; its files are deleted later.

    The released version, the one on trial, and the last one that is ready are refused.
    """
    from pipeline.records.versions import VersionNumber
    from pipeline.versions.withdrawal import withdraw_version

    VersionNumber.parse(version)
    settings, ports = connect_project()
    gone = withdraw_version(version, ports.models, by="owner", why=why or "an owner withdrew it")
    days = settings.retention.withdrawn_days
    click.echo(
        f"{gone.version} is withdrawn; its files are deleted {days:g} days after that, unless a "
        "ready version needs them (`redraw clean` shows what goes)"
    )


@click.command()
@click.option(
    "--yes/--dry-run",
    default=False,
    help="--dry-run, the default: only show what goes and why; --yes: delete it.",
)
def clean(*, yes: bool) -> None:
    """Show, or delete, what nothing needs any more: by the settings REDRAW_RETENTION_...

    These are the intermediate results of runs that have ended, the files of withdrawn versions,
    referees and samples of another base, and cached features. What a ready version, its rebuild, a
    run or a trial needs stays, and so do the data set and the players' canvases.
    """
    from pipeline.progress import silent
    from pipeline.retention.clean import carry_out, plan_project
    from pipeline.retention.local import find_old_caches, remove_caches
    from service.cli.cleaning_display import describe_caches, describe_done, describe_plan
    from service.cli.display import console, progress_bar

    settings, ports = connect_project()
    plan = plan_project(ports, settings)
    caches = find_old_caches(settings.features_dir, settings.retention.features_days)
    for line in (*describe_plan(plan), *describe_caches(caches)):
        click.echo(line)
    if not yes:
        if plan.withdrawals or plan.deletions or caches:
            click.echo("nothing is deleted yet: redraw clean --yes")
        return
    # In a file a bar would only leave an empty line.
    shown = progress_bar("deleting objects") if console.is_terminal else nullcontext(silent)
    with shown as report_progress:
        cleaned = carry_out(plan, ports, report_progress)
    remove_caches(caches)
    click.echo(describe_done(cleaned))


COMMANDS = (withdraw, clean)
