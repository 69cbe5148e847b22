"""The commands to retrain, to look at runs and versions, and to release a version."""

import click

from pipeline.errors import RedrawError, Retryable, RunInProgress
from pipeline.formatting import escape_unprintable
from pipeline.ports import RunStore
from service.cli.commands.parameters import connect_project

LIMIT = click.option(
    "--limit",
    type=click.IntRange(1),
    default=50,
    show_default=True,
    help="The largest number to list.",
)


@click.command()
@click.option(
    "--method",
    type=click.Choice(["anchored", "keras"]),
    help="How the head is fitted; keras is the plain recipe.",
)
def retrain(method: str | None) -> None:
    """Execute one retraining run here, without workers.

    A run that was left unfinished, by an interrupted call or a worker that died, is continued.
    """
    from pipeline.records.runs import RunState
    from service.cli.display import print_table, progress_bar, result_table
    from workers.execution import execute

    settings, ports = connect_project()
    if method is not None:
        settings = settings.with_changes(fit={"method": method})
    run_id = _request_or_continue(ports.runs)
    try:
        with progress_bar("collecting corrections") as report_progress:
            run = execute(run_id, ports, settings, report_progress, early=True)
    except Retryable as error:
        raise RedrawError(
            f"run {run_id} stopped: {error}; what it has done is kept, and `redraw retrain` goes "
            "on with it"
        ) from error
    print_table(result_table(run))
    if run.state is RunState.FAILED:
        raise RedrawError(f"the run failed: {run.reason}")


def _request_or_continue(runs: RunStore) -> str:
    """Request a run, or take the one in the slot if no worker executes it; return its id.

    Raises:
        RunInProgress: a worker executes the run in the slot.
    """
    from pipeline.runs.requests import request_run

    try:
        return request_run(runs, "command line").id
    except RunInProgress as occupied:
        if occupied.live:
            raise
        click.echo(
            f"run {occupied.run_id} was left unfinished ({occupied.state}): going on with it"
        )
        return occupied.run_id


@click.command()
@click.argument("run_id", required=False)
@LIMIT
def runs(run_id: str | None, limit: int) -> None:
    """List the newest runs, or show one."""
    from pipeline.corrections.statuses import describe_foreign
    from service.cli.display import (
        console,
        describe_trouble,
        print_table,
        print_unreadable,
        result_table,
        runs_table,
    )

    _, ports = connect_project()
    if run_id:
        print_table(result_table(ports.runs.get(run_id)))
        return
    page = ports.runs.page(limit)
    print_table(runs_table(page.records))
    print_unreadable(page.unreadable)
    for run in page.records:
        if waiting := describe_trouble(run):
            console.print(f"{run.id} {waiting}")
    remarks = page.records[0].remarks if page.records else []
    for remark in remarks:
        console.print(f"the last run: {remark}")
    # Where no run has started, as nothing is pending, this alone says why.
    foreign = describe_foreign(ports.corrections.count_statuses())
    if foreign is not None and foreign not in remarks:
        console.print(foreign)
    if len(page.records) == limit:
        console.print(f"there may be older ones: --limit {2 * limit}")
    console.print("to see what a run did, and why it ended so: redraw runs RUN")


@click.command()
@LIMIT
def models(limit: int) -> None:
    """List the versions, the highest number first."""
    from service.cli.display import console, models_table, print_table, print_unreadable

    _, ports = connect_project()
    page = ports.models.page(limit=limit)
    print_table(models_table(page.records))
    print_unreadable(page.unreadable)
    if page.next_after is not None:
        console.print(f"there are more: --limit {2 * limit}")


@click.command()
@click.argument("version")
def promote(version: str) -> None:
    """Release a version; releasing an older one is a rollback."""
    from pipeline.records.versions import VersionNumber
    from pipeline.versions.promotion import promote_version

    VersionNumber.parse(version)
    _, ports = connect_project()
    release = promote_version(version, ports)
    before = escape_unprintable(release.previous or "nothing")
    click.echo(f"{release.version} is released; before it: {before}")


COMMANDS = (retrain, runs, models, promote)
