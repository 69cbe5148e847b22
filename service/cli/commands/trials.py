"""The commands to look at trials of versions, to start one, and to stop it."""

from typing import Any

import click

from service.cli.commands.parameters import connect_project

OWNER = "command line"


@click.group()
def trial() -> None:
    """Try a version on players before all get it: show, start and stop trials."""


@trial.command()
@click.argument("version", required=False)
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=20,
    show_default=True,
    help="The largest number to list.",
)
def show(version: str | None, limit: int) -> None:
    """List the newest trials, or show what the trial of VERSION has seen so far."""
    from pipeline.pages.trial_words import describe_trial
    from service.cli.display import console, print_table, print_unreadable
    from service.cli.trial_display import looks_table, trials_table

    _, ports = connect_project()
    if version is not None:
        shown = ports.trials.newest(version)
        click.echo(describe_trial(shown))
        if shown.looks:
            print_table(looks_table(shown))
        return
    page = ports.trials.page(limit=limit)
    print_unreadable(page.unreadable)
    if not page.records:
        click.echo("no version was ever on trial: redraw trial start VERSION")
        return
    print_table(trials_table(page.records))
    if page.next_after is not None:
        console.print(f"there are older ones: --limit {2 * limit}")
    console.print("to see what a trial has shown: redraw trial show VERSION")


@trial.command()
@click.argument("version")
@click.option(
    "--kind",
    type=click.Choice(["shadow", "canary"]),
    help="shadow: it guesses beside the released version; canary: players see its guesses.",
)
@click.option("--share", type=float, help="Share of the players who are in the trial, 0 to 1.")
@click.option("--days", type=float, help="It ends after so many days at most.")
def start(version: str, **rules: Any) -> None:
    """Try VERSION beside the released one; what is not given is as the settings say."""
    from pipeline.pages.trial_words import describe_trial
    from pipeline.records.versions import VersionNumber
    from pipeline.trial.plans import change_rules
    from pipeline.trial.starting import start_trial

    VersionNumber.parse(version)
    settings, ports = connect_project()
    given = {name: value for name, value in rules.items() if value is not None}
    begun, _ = start_trial(version, ports, change_rules(settings, **given), OWNER)
    click.echo(describe_trial(begun))


@trial.command()
@click.argument("version", required=False)
def stop(version: str | None) -> None:
    """Stop the open trial, or watch; the released version stays."""
    from pipeline.errors import NotFound
    from pipeline.pages.trial_words import describe_trial
    from pipeline.trial.stopping import stop_trial

    _, ports = connect_project()
    if version is None:
        release = ports.models.release()
        if release is None or release.trial is None:
            raise NotFound("no trial is open: `redraw trial show` lists those that were")
        version = release.trial.version
    ended, _ = stop_trial(version, ports, OWNER)
    if ended is None:
        click.echo(f"the trial of {version} is cleared; its document could not be read")
    else:
        click.echo(describe_trial(ended))


COMMANDS = (trial,)
